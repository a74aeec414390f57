import { DeleteDBClusterSnapshotCommand, DeleteDBSnapshotCommand } from '@aws-sdk/client-rds';
import { type AwsClouds } from '../sandbox/demo/awsClouds';
import { inParallel } from '../src/core/inParallel';
import { type FoundCopy } from './audit';

const width = 4;

/** Does what retention will: without it, the clouds would hold more with every round, and every list would take longer. */
export async function deleteCopies(copies: readonly FoundCopy[], clouds: AwsClouds): Promise<void> {
  await inParallel(copies, width, async ({ where, sort, id }) => {
    const [account = '', region = ''] = where.split('/');
    const rds = await clouds.rds(account, region);
    if (sort === 'snapshot') await rds.send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier: id }));
    else await rds.send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: id }));
  });
}
