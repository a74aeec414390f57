import { type CataloguedCopy, type StoredCopy } from './catalogue';
import { type Copy } from './copy';

/** What is gone by of a snapshot when copies are judged. */
export type JudgedSnapshot = Pick<
  Copy,
  | 'kind'
  | 'account'
  | 'region'
  | 'id'
  | 'arn'
  | 'status'
  | 'rawStatus'
  | 'sizeGiB'
  | 'createdAt'
  | 'takenAt'
  | 'manual'
  | 'tags'
>;

/** What is gone by of objects in a bucket. */
export type JudgedObjects = Pick<
  StoredCopy,
  'bucket' | 'prefix' | 'bytes' | 'bundleSha256' | 'skippedTables' | 'proof'
> &
  // The index does not keep it.
  Partial<Pick<StoredCopy, 'holds'>>;

/** A copy as retention and reports judge it: one that was listed, or one of the index, which keeps no more of it. */
export type JudgedCopy = Omit<CataloguedCopy, 'copy'> &
  ({ readonly copy: JudgedSnapshot; readonly stored: null } | { readonly copy: null; readonly stored: JudgedObjects });

/** What names a copy: the ARN of a snapshot, or where its objects lie. */
export const copyId = ({
  copy,
  stored,
}: {
  readonly copy: Pick<Copy, 'arn'> | null;
  readonly stored?: Pick<StoredCopy, 'bucket' | 'prefix'> | null;
}): string => copy?.arn ?? `${stored?.bucket ?? ''}/${stored?.prefix ?? ''}`;

/** The recovery points of one resource lie together: `kind/account/region/id`, as the ids of the points say, believed or not. */
export function pointsOf(recoveryPoint: string): string {
  const end = recoveryPoint.lastIndexOf('/');
  return end === -1 ? '' : recoveryPoint.slice(0, end);
}
