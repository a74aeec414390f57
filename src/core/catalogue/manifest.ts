import { type ResourceRef } from '../resource';

/** One object of a copy, as it was read from its source and acknowledged by its target. */
export interface ManifestEntry {
  /** Relative to the export's prefix. */
  readonly key: string;
  readonly bytes: number;
  /** Castagnoli, 8 hexadecimal digits. */
  readonly crc32c: string;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
}

/** One line a {@link ManifestEntry}, in the order of the keys. */
export interface ManifestShard {
  /** Relative to the copy's data prefix. */
  readonly key: string;
  readonly objects: number;
  readonly bytes: number;
  /** Of the shard's file. */
  readonly sha256: string;
}

/** Every object of an export, by way of its shards: checking its own SHA-256 checks everything. */
export interface Manifest {
  readonly version: 1;
  readonly objects: number;
  readonly bytes: number;
  readonly shards: readonly ManifestShard[];
}

/** How much was proven of a copy, least first. */
export const verificationLevels = ['exists', 'manifest', 'sample', 'full', 'restore'] as const;
export type VerificationLevel = (typeof verificationLevels)[number];

/** What lies in a bucket of one recovery point: the catalogue's entry, written once everything else is proven. */
export interface RecoveryPointRecord {
  readonly version: 1;
  readonly resource: ResourceRef;
  /** `farcopy:…`, the same as on a snapshot (core/catalogue/copy.ts). */
  readonly tags: Readonly<Record<string, string>>;
  /** Relative to the bucket's prefix; ends with a slash. */
  readonly dataPrefix: string;
  readonly objects: number;
  readonly bytes: number;
  /** Of `manifest.json`; null for an export that no manifest was made of. */
  readonly manifestSha256: string | null;
  /** Of `bundle.json`; null where there is none. */
  readonly bundleSha256: string | null;
  /** `schema.table`, with the reason where AWS gave one. */
  readonly skippedTables: readonly SkippedTable[];
  readonly verified: { readonly level: VerificationLevel; readonly at: string };
}

export interface SkippedTable {
  readonly table: string;
  readonly reason: string | null;
}

/** Whether a record in a bucket says that all of its recovery point is there: verified at this level, with its bundle, and no table left out. */
export function isWholeRecord(
  { bundleSha256, skippedTables }: Pick<RecoveryPointRecord, 'bundleSha256' | 'skippedTables'>,
  verified: VerificationLevel,
  { level, hasBundle }: { readonly level: VerificationLevel; readonly hasBundle: boolean },
): boolean {
  const isProven = verificationLevels.indexOf(verified) >= verificationLevels.indexOf(level);
  return isProven && (!hasBundle || typeof bundleSha256 === 'string') && skippedTables.length === 0;
}
