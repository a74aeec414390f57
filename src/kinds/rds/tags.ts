import { ListTagsForResourceCommand, type RDSClient, type Tag } from '@aws-sdk/client-rds';
import { type SendOptions } from './snapshotApi';

export function fromTagList(list: readonly Tag[] | undefined): Record<string, string> {
  return Object.fromEntries((list ?? []).flatMap(({ Key, Value }) => (Key === undefined ? [] : [[Key, Value ?? '']])));
}

export function toTagList(tags: Readonly<Record<string, string>>): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/**
 * The tags of a thing, asked for where an answer has none. [!] The models of DocumentDB and Neptune have no tags in answers; the
 * answers of RDS have them all the same.
 */
export async function tagsOf(
  client: RDSClient,
  arn: string | undefined,
  told: Tag[] | undefined,
  options: SendOptions,
): Promise<Tag[]> {
  if (told !== undefined) return told;
  const { TagList = [] } = await client.send(new ListTagsForResourceCommand({ ResourceName: arn }), options);
  return TagList;
}
