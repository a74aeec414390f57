import { bucketName, type BucketUrl } from './bucket';
import { type Copy, copyTags, noHold, temporaryRetention } from './copy';
import { type RecoveryPointRecord, type SkippedTable } from './manifest';
import { type Kinds } from '../kind';
import { type ResourceRef } from '../resource';

/** One copy of a fleet's, as its account and its own tags describe it. */
export interface CataloguedCopy {
  /** ARN of the protected resource. */
  readonly resource: string;
  readonly recoveryPoint: string;
  /** ISO 8601, UTC. */
  readonly scheduledTime: string;
  /** When the data is from (ISO 8601, UTC), null until the first snapshot is there. */
  readonly dataTime: string | null;
  readonly tier: string;
  /** `source`, a vault's name, or a temporary place. */
  readonly place: string;
  /** True for an intermediate that is on its way out. */
  readonly temporary: boolean;
  readonly hold: string;
  /** `{level} {ISO time}`, null while unproven. */
  readonly verified: string | null;
  readonly copy: Copy;
}

/** Reads what the tags of a copy say. */
export function catalogued(copy: Copy): CataloguedCopy {
  const { tags } = copy;
  const tag = (name: keyof typeof copyTags) => tags[copyTags[name]];
  return {
    resource: tag('resource') ?? '',
    recoveryPoint: tag('recoveryPoint') ?? '',
    scheduledTime: tag('scheduledTime') ?? '',
    dataTime: tag('dataTime') ?? null,
    tier: tag('tier') ?? '',
    place: tag('place') ?? '',
    temporary: tag('retention') === temporaryRetention,
    hold: tag('hold') ?? noHold,
    verified: tag('verified') ?? null,
    copy,
  };
}

/** What lies in a bucket of one recovery point. */
export interface StoredCopy {
  /** The bucket as the fleet file names it: `gs://panda-backups/farcopy`. */
  readonly bucket: string;
  /** In the bucket; under it lie the manifest, the recovery bundle and what was exported: `data/…/`. */
  readonly prefix: string;
  readonly objects: number;
  readonly bytes: number;
  readonly manifestSha256: string | null;
  readonly bundleSha256: string | null;
  readonly skippedTables: readonly SkippedTable[];
}

/** A copy wherever it lies: a snapshot, or objects in a bucket. */
export type ListedCopy =
  | (CataloguedCopy & { readonly stored: null })
  | (Omit<CataloguedCopy, 'copy'> & { readonly copy: null; readonly stored: StoredCopy });

/** Reads what the record of a copy in a bucket says. */
export function cataloguedRecord(record: RecoveryPointRecord, place: string, bucket: BucketUrl): ListedCopy {
  const { resource, tags, dataPrefix, objects, bytes, manifestSha256, bundleSha256, skippedTables, verified } = record;
  return {
    resource: resource.arn,
    recoveryPoint: tags[copyTags.recoveryPoint] ?? '',
    scheduledTime: tags[copyTags.scheduledTime] ?? '',
    dataTime: tags[copyTags.dataTime] ?? null,
    tier: tags[copyTags.tier] ?? '',
    place,
    temporary: false,
    hold: tags[copyTags.hold] ?? noHold,
    verified: `${verified.level} ${verified.at}`,
    copy: null,
    stored: {
      bucket: bucketName(bucket),
      prefix: dataPrefix,
      objects,
      bytes,
      manifestSha256,
      bundleSha256,
      skippedTables,
    },
  };
}

/**
 * The resource that a copy is of: as the id of its recovery point says, if its ARN says the same. Several kinds may share a form of ARN, so
 * the ARN alone does not tell. Null where the two differ, since anyone may have changed a tag, and for an unknown kind.
 */
export function resourceOf(
  { resource: arn, recoveryPoint }: Pick<CataloguedCopy, 'resource' | 'recoveryPoint'>,
  kinds: Kinds,
): ResourceRef | null {
  const [kind = '', account, region, id, ...time] = recoveryPoint.split('/');
  if (time.length !== 1) return null;
  const named = kinds.ofArn(arn).find((one) => one.kind === kind);
  return named?.account === account && named?.region === region && named?.id === id ? (named ?? null) : null;
}
