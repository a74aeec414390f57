import { AwsClouds } from '../../sandbox/demo/awsClouds';
import { type Clouds, type SeenSnapshot } from '../../sandbox/demo/clouds';
import { proveRun } from '../../sandbox/demo/proof';
import { copyTags } from '../../src/core/catalogue/copy';
import { scheduledTimeLabel } from '../../src/core/naming';
import { type CloudSandbox } from './cloudSandbox';
import { type Database, resourceOf } from './database';
import { tier } from './fleetDocument';

/**
 * Asks the clouds whether these clusters have exactly one recovery point, with all its copies and nothing else left over.
 *
 * @param ofTime looks only at what is of this recovery point, where the clusters have earlier ones
 * @returns what is missing or left over, one sentence each
 */
export async function proveClusters(
  sandbox: CloudSandbox,
  fleet: string,
  clusters: readonly Database[],
  scheduledTime: Date | string,
  { ofTime = false } = {},
): Promise<readonly string[]> {
  const ids = new Set(clusters.map(({ id }) => id));
  const time = scheduledTimeLabel(scheduledTime);
  const counts = ({ clusterId, tags }: SeenSnapshot) =>
    ids.has(clusterId) && (!ofTime || tags[copyTags.scheduledTime] === time);
  const expected = clusters.map((cluster) => ({ ...resourceOf(cluster), tier, scheduledTime: new Date(time) }));
  const clouds = new AwsClouds(sandbox.awsEndpoint, sandbox.credentials);
  try {
    const { missing } = await proveRun({ fleet, clusters: expected, endedAt: new Date() }, narrowed(clouds, counts));
    return missing;
  } finally {
    await clouds.close();
  }
}

/** The clouds without what other tests and other people have there. */
function narrowed(clouds: Clouds, counts: (snapshot: SeenSnapshot) => boolean): Clouds {
  return {
    snapshots: async (account, region) => (await clouds.snapshots(account, region)).filter(counts),
    sharedWith: (account, region, id) => clouds.sharedWith(account, region, id),
    keyArn: (account, region, alias) => clouds.keyArn(account, region, alias),
  };
}
