import { copyTags } from './copy';
import { type RecoveryPointRecord } from './manifest';

/** What copies in vaults say of the copies of their recovery point in buckets: whoever can write to a bucket alone cannot change it. */
export interface Signatures {
  /** SHA-256 of manifests; empty where no copy is signed. */
  readonly manifests: readonly string[];
  readonly bundles: readonly string[];
  /** When their data is from (ISO 8601, UTC). */
  readonly dataTimes: readonly string[];
}

/**
 * `proven`: what copies in vaults are signed with. `refuted`: another. `unproven`: nothing in the vaults tells, which they may
 * be right to do.
 */
export type Proof =
  | { readonly type: 'proven' }
  | { readonly type: 'unproven'; readonly why: string }
  | { readonly type: 'refuted'; readonly why: string };

/** A tag takes so many checksums (AWS General Reference, Tagging: 256 characters); of more buckets nothing is known. */
export const mostChecksums = 3;

/** Holds a record in a bucket against what the vaults say of its recovery point. */
export function proofOf(
  { manifestSha256, bundleSha256, tags }: Pick<RecoveryPointRecord, 'manifestSha256' | 'bundleSha256' | 'tags'>,
  signatures: Signatures | undefined,
): Proof {
  if (signatures === undefined)
    return { type: 'unproven', why: 'no vault has a verified copy of its recovery point to prove it by' };
  const { manifests, bundles, dataTimes } = signatures;
  if (manifests.length === 0)
    return { type: 'unproven', why: 'the copies of its recovery point in vaults are not signed' };
  const wrong = [
    ...differs('manifest', manifestSha256, manifests),
    ...differs('bundle', bundleSha256, bundles),
    ...(dataTimes.includes(tags[copyTags.dataTime] ?? '') ? [] : ['the time of the data']),
  ];
  if (wrong.length === 0) return { type: 'proven' };
  if (wrong.every((one) => one === null))
    return { type: 'unproven', why: `its vaults' copies are signed for ${mostChecksums} other buckets` };
  return {
    type: 'refuted',
    why: `its record is not what the vaults' copies are signed with: another ${wrong.filter((one) => one !== null).join(', ')}`,
  };
}

/** Null stands for what cannot be told. */
function differs(what: string, found: string | null, signed: readonly string[]): readonly (string | null)[] {
  if (found === null) return signed.length === 0 ? [] : [what];
  if (signed.includes(found)) return [];
  return [new Set(signed).size >= mostChecksums ? null : what];
}
