import { DeleteDBInstanceCommand, DescribeDBInstancesCommand, type RDSClient } from '@aws-sdk/client-rds';
import { type SendOptions } from '../snapshotApi';
import { fromTagList, tagsOf } from '../tags';

/** Whose an instance is, be it of a cluster or not; undefined when there is none. */
export async function instanceTags(client: RDSClient, id: string, options: SendOptions) {
  const { DBInstances = [] } = await client.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }), options);
  const [instance] = DBInstances;
  if (instance === undefined) return undefined;
  const { DBInstanceArn = '', DBInstanceStatus: status, TagList } = instance;
  return { id, arn: DBInstanceArn, status, tags: fromTagList(await tagsOf(client, DBInstanceArn, TagList, options)) };
}

/** Of a cluster's instance: its data are the cluster's. */
export async function deleteInstance(client: RDSClient, id: string, options: SendOptions): Promise<void> {
  await client.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: id, SkipFinalSnapshot: true }), options);
}
