import { bucketName, type BucketUrl } from './bucket';
import { type Access, type Copy, copyTags, noHold, sourcePlace, temporaryRetention } from './copy';
import { doubtOf, placeOf, type Places } from './belief';
import { type RecoveryPointRecord, type SkippedTable } from './manifest';
import { type Proof } from './proof';
import { type Kinds } from '../kind';
import { joinedHolds, type StoredHold } from '../retention/storedHold';
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
  /** Where it lies: `source`, or a vault's name; of a temporary one, what its tag says. */
  readonly place: string;
  /** True for an intermediate that is on its way out. */
  readonly temporary: boolean;
  readonly hold: string;
  /** `{level} {ISO time}`, null while unproven. It counts in vaults only: whoever owns a source can write it there. */
  readonly verified: string | null;
  /** What the service called the resource when this was made of it; null where the copy does not tell. */
  readonly incarnation: string | null;
  /** Why its tags are not believed, in words for people; null: they are. Nothing is restored of what is not believed. */
  readonly doubt: string | null;
  readonly copy: Copy;
}

/**
 * Reads what the tags of a copy say, as far as they can be believed: whoever owns an account can write any tag there.
 *
 * @param access the role that has listed it
 */
export function catalogued(copy: Copy, access: Access, places: Places): CataloguedCopy {
  const { tags } = copy;
  const tag = (name: keyof typeof copyTags) => tags[copyTags[name]];
  const named = { resource: tag('resource') ?? '', recoveryPoint: tag('recoveryPoint') ?? '' };
  const resource = resourceOf(named, places.kinds);
  const temporary = tag('retention') === temporaryRetention;
  const lies = resource === null ? null : placeOf(copy, access, resource, places);
  const claimed = tag('place') ?? '';
  return {
    ...named,
    scheduledTime: tag('scheduledTime') ?? '',
    dataTime: tag('dataTime') ?? null,
    tier: tag('tier') ?? '',
    place: temporary && !isLasting(claimed, places) ? claimed : (lies ?? `${copy.account}/${copy.region}`),
    temporary,
    hold: tag('hold') ?? noHold,
    verified: lies === null || lies === sourcePlace ? null : (tag('verified') ?? null),
    incarnation: tag('incarnation') ?? null,
    doubt: temporary ? null : doubtOf(copy, resource, lies),
    copy,
  };
}

const isLasting = (name: string, { vaults }: Places) =>
  name === sourcePlace || vaults.some((vault) => vault.name === name);

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
  /** What copies in vaults say of it. */
  readonly proof: Proof;
  /** Who holds it there, beside what its record says; null of an export on its way, which nobody holds. */
  readonly holds: readonly StoredHold[] | null;
}

/** A copy wherever it lies: a snapshot, or objects in a bucket. */
export type ListedCopy =
  | (CataloguedCopy & { readonly stored: null })
  | (Omit<CataloguedCopy, 'copy'> & { readonly copy: null; readonly stored: StoredCopy });

/** A copy in a bucket: of a vault, or on its way to one. */
export type ListedRecord = Extract<ListedCopy, { readonly copy: null }>;

/** Whether a copy lies in a bucket of a vault. Nobody holds an export on its way, and the rules of its own bucket delete it. */
export const isInVault = ({ stored }: ListedRecord): boolean => stored.holds !== null;

/** Reads what the record of a copy in a bucket says. */
export function cataloguedRecord(
  record: RecoveryPointRecord,
  place: string,
  bucket: BucketUrl,
  proof: Proof,
  holds: readonly StoredHold[] | null = null,
): ListedCopy {
  const { resource, tags, dataPrefix, objects, bytes, manifestSha256, bundleSha256, skippedTables, verified } = record;
  return {
    resource: resource.arn,
    recoveryPoint: tags[copyTags.recoveryPoint] ?? '',
    scheduledTime: tags[copyTags.scheduledTime] ?? '',
    dataTime: tags[copyTags.dataTime] ?? null,
    tier: tags[copyTags.tier] ?? '',
    place,
    temporary: false,
    hold: joinedHolds(tags[copyTags.hold] ?? noHold, holds ?? []),
    verified: proof.type === 'refuted' ? null : `${verified.level} ${verified.at}`,
    incarnation: tags[copyTags.incarnation] ?? null,
    doubt: proof.type === 'refuted' ? proof.why : null,
    copy: null,
    stored: {
      bucket: bucketName(bucket),
      prefix: dataPrefix,
      objects,
      bytes,
      manifestSha256,
      bundleSha256,
      skippedTables,
      proof,
      holds,
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
