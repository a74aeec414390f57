import { text } from 'node:stream/consumers';
import { Context } from '@temporalio/activity';
import { type ObjectSource } from '../../clouds/objectSource';
import { type ObjectStore } from '../../clouds/objectStore';
import { accountOfArn } from '../../core/arn';
import { applicationFailure } from '../../core/applicationFailure';
import { bucketLayout, type BucketUrl, parseBucketUrl, recordOfKey, timeOfKey } from '../../core/catalogue/bucket';
import { type CataloguedCopy } from '../../core/catalogue/catalogue';
import { copyTags, type Scope, sourcePlace } from '../../core/catalogue/copy';
import { chooseRecoveryPoint } from '../../core/drill/drillChoice';
import { verificationUnits } from '../../core/drill/drillVerification';
import { failureTypes } from '../../core/failure';
import { storedId } from '../../core/kind';
import { type ManifestEntry, type RecoveryPointRecord } from '../../core/catalogue/manifest';
import { proofOf } from '../../core/catalogue/proof';
import { compactTime, scheduledTimeLabel } from '../../core/naming';
import { type BucketVault, isBucketVault } from '../../core/backup/policy';
import { DamagedRecordError, readRecord } from '../../core/catalogue/readRecord';
import { resourcePath } from '../../core/resource';
import { isWhole } from '../../core/restore/chooseCopies';
import { ExportSource } from '../../postgres/exportSource';
import { tryAgain } from '../../transfer/tryAgain';
import { verifyObjects } from '../../transfer/verifyObjects';
import { beating } from '../beating';
import { type ChooseDrillPointRequest, type DrillActivities, type VerificationProgress } from './drillContracts';
import { type DrillPoint } from '../../core/drill/drillPoint';
import { drillDatabaseActivities, type DrillDatabaseDependencies } from './drillDatabase';
import { drillScratchActivities } from './drillScratch';
import { VaultListings } from '../catalogue/vaultListings';
import { findCopies, nearestOf, type RestorePlanningDependencies } from '../restore/restorePlanning';
import { serverTime } from '../serverTime';

export interface DrillDependencies extends RestorePlanningDependencies, DrillDatabaseDependencies {
  /** A bucket of a vault, to be read. */
  readonly openBucket: (url: BucketUrl) => ObjectStore & ObjectSource;
}

/** The activities behind `restoreDrill`. */
export function drillActivities(dependencies: DrillDependencies): DrillActivities {
  const { fleet, kinds, openBucket } = dependencies;
  const vaults = new VaultListings(fleet, kinds);

  /** The export of a copy in a bucket. What it reads of it is proven by the catalogue's record. */
  const openExport = async ({ copy, place }: DrillPoint) => {
    if (copy.type !== 'bucket') throw applicationFailure(failureTypes.invalidInput, `${place} is no bucket`);
    const { prefix, ...url } = bucketOf(copy.bucket);
    const store = openBucket({ ...url, prefix });
    const source = await ExportSource.open({ store, prefix, dataPrefix: copy.dataPrefix }, aborted());
    if (source.manifest === null || !source.proven)
      throw applicationFailure(
        failureTypes.verificationFailed,
        `${copy.bucket}: there is no manifest in ${copy.dataPrefix} to prove anything by`,
      );
    return { store, source, manifest: source.manifest, objects: prefix + copy.dataPrefix + bucketLayout.export };
  };

  return {
    chooseDrillPoint: (request) =>
      beating(() =>
        request.drill.to.type === 'aws'
          ? chooseSnapshot(dependencies, request, request.drill.to)
          : chooseExport(dependencies, vaults, request),
      ),

    async verifyDrillSnapshot({ copy, place, resource, recoveryPoint, dataTime }) {
      if (copy.type !== 'snapshot') throw applicationFailure(failureTypes.invalidInput, `${place} is a bucket`);
      const { ref } = copy;
      const found = await kinds.copiesOf(ref.kind).progress(ref, scopeOf(ref, place), aborted());
      const expected = {
        [copyTags.resource]: resource.arn,
        [copyTags.recoveryPoint]: recoveryPoint,
        [copyTags.dataTime]: dataTime,
      };
      const keyOwner = found.keyArn === null ? null : accountOfArn(found.keyArn);
      const wrong = [
        ...(found.status === 'available' ? [] : [`AWS reports it as ${found.rawStatus}`]),
        ...Object.entries(expected)
          .filter(([name, value]) => found.tags[name] !== value)
          .map(([name, value]) => `tag ${name} is ${found.tags[name] ?? 'missing'}, not ${value}`),
        ...(keyOwner === null || keyOwner === ref.account
          ? []
          : [`its key is of account ${keyOwner}, so it is lost with that account`]),
      ];
      if (wrong.length > 0)
        throw applicationFailure(failureTypes.verificationFailed, `${found.arn}: ${wrong.join('; ')}`);
    },

    planDrillVerification: (point) => beating(async () => verificationUnits((await openExport(point)).manifest.shards)),

    async verifyDrillObjects(point, unit) {
      const before = Context.current().info.heartbeatDetails as Partial<VerificationProgress> | undefined;
      let progress: VerificationProgress = { shard: unit.from, objects: 0, bytes: 0, ...before };
      await beating(
        async () => {
          const { store, source, objects } = await openExport(point);
          let after = progress.shard === 0 ? null : await lastKey(source, progress.shard - 1);
          for (let { shard } = progress; shard < unit.to; shard += 1) {
            const entries = await entriesOf(source, shard);
            const done = progress;
            await verifyObjects({
              // Nothing is compared with a source: at this level the manifest's own checksums decide.
              source: store,
              target: store,
              sourcePrefix: objects,
              targetPrefix: objects,
              entries,
              after,
              revisions: new Map(),
              level: 'full',
              onProgress: (count, bytes) =>
                (progress = { ...done, objects: done.objects + count, bytes: done.bytes + bytes }),
              signal: aborted(),
            });
            progress = { ...progress, shard: shard + 1 };
            after = entries.at(-1)?.key ?? after;
          }
        },
        () => progress,
      );
    },

    async recordDrillPassed({ copy, place }) {
      if (copy.type !== 'snapshot') return;
      const verified = `restore ${new Date(serverTime()).toISOString()}`;
      await kinds
        .copiesOf(copy.ref.kind)
        .tag(copy.ref, scopeOf(copy.ref, place), { [copyTags.verified]: verified }, aborted());
    },

    ...drillScratchActivities(dependencies),
    ...drillDatabaseActivities(dependencies),
  };
}

/** Of all snapshots that can be restored, in vaults; in the source's account only where the drill asks for it. */
async function chooseSnapshot(
  dependencies: DrillDependencies,
  { resource: name, drill, at, point, draw }: ChooseDrillPointRequest,
  target: Pick<Scope, 'account' | 'region'>,
): Promise<DrillPoint> {
  const found = await findCopies(dependencies, { resource: name }, aborted());
  const { resource, problems } = found;
  // What is drilled is what is left when the source is not.
  const copies = found.copies.filter(({ place }) => drill.from === sourcePlace || place !== sourcePlace);
  const asked = { at: at ?? undefined, from: drill.from ?? undefined };
  const healthy = copies.filter(
    (copy) =>
      isWhole(copy) &&
      (copy.verified !== null || drill.from === sourcePlace) &&
      (drill.from === null || copy.place === drill.from) &&
      (at === null || Date.parse(timeOf(copy)) <= Date.parse(at)),
  );
  const candidates = healthy.map((copy) => ({ recoveryPoint: copy.recoveryPoint, dataTime: timeOf(copy) }));
  const chosen = point ?? chooseRecoveryPoint(candidates, drill.point, draw) ?? undefined;
  const copy = nearestOf({ ...found, copies }, { ...asked, point: chosen }, target);
  const { kind, account, region, id, arn } = copy.copy;
  return {
    resource,
    recoveryPoint: copy.recoveryPoint,
    scheduledTime: copy.scheduledTime,
    dataTime: timeOf(copy),
    place: copy.place,
    copy: { type: 'snapshot', ref: { kind, account, region, id, arn } },
    unread: problems,
  };
}

const timeOf = ({ dataTime, scheduledTime }: CataloguedCopy): string => dataTime ?? scheduledTime;

function scopeOf({ account, region }: Pick<Scope, 'account' | 'region'>, place: string): Scope {
  return { account, region, access: place === sourcePlace ? 'source' : 'vault' };
}

/** A record in the catalogue of a bucket, by its key: what is not read yet. */
interface Listed {
  readonly vault: BucketVault;
  readonly url: BucketUrl;
  readonly key: string;
  /** `kind/account/region/id` */
  readonly path: string;
  readonly scheduledTime: string;
}

/** Of all whole copies in the buckets of the tier's route, the first bucket of the route first. */
async function chooseExport(
  { fleet, openBucket }: DrillDependencies,
  listings: VaultListings,
  { resource: asked, tier, drill, at, point, draw }: ChooseDrillPointRequest,
): Promise<DrillPoint> {
  const name = fleet.kinds.spelledOut(asked);
  const route = fleet.tiers.find((one) => one.name === tier)?.route ?? fleet.buckets;
  const vaults = route.filter(isBucketVault).filter((vault) => drill.from === null || vault.name === drill.from);
  const where = drill.from ?? `the buckets of tier ${tier}`;
  if (vaults.length === 0) throw applicationFailure(failureTypes.invalidInput, `${where}: there is no such bucket`);
  // Kinds may share a form of ARN.
  const named = fleet.kinds.ofArn(name);
  const isWanted = (path: string) => {
    if (named.length > 0) return named.some((one) => path === resourcePath(one));
    const [kind = ''] = path.split('/');
    return `/${path}`.endsWith(`/${fleet.kinds.has(kind) ? storedId(fleet.kinds.get(kind), name) : name}`);
  };
  const all: Listed[] = [];
  for (const vault of vaults) {
    const url = bucketOf(vault.bucket);
    const prefix = url.prefix + bucketLayout.records(named.length === 1 ? named[0] : undefined);
    for await (const page of openBucket(url).list(prefix, {}, aborted()))
      for (const { key } of page) {
        const record = recordOfKey(key.slice(url.prefix.length));
        if (record !== null && isWanted(record.path))
          all.push({ vault, url, key, path: record.path, scheduledTime: timeOfKey(record.time) });
      }
  }
  const paths = [...new Set(all.map(({ path }) => path))];
  if (paths.length > 1)
    throw applicationFailure(
      failureTypes.invalidInput,
      `${name}: ${paths.length} are called so, give ${paths.join(', ')}`,
    );

  const read = async ({ url, key, path, scheduledTime }: Listed): Promise<RecoveryPointRecord> => {
    const content = await tryAgain(async () => text(await openBucket(url).read(key, {}, aborted())), aborted());
    try {
      return readRecord(content, path, compactTime(scheduledTime), fleet.kinds);
    } catch (error) {
      if (!(error instanceof DamagedRecordError)) throw error;
      throw applicationFailure(failureTypes.verificationFailed, `${url.bucket}/${key}: ${error.message}`);
    }
  };
  const time = point === null ? null : timeOfPoint(point);
  const { signatures, unasked } = await signaturesFor(listings, paths[0]);
  // An export is made of a vault's copy: a record that is newer than every vault's copy nobody has exported.
  const newest = [...(signatures?.keys() ?? [])].sort().at(-1);
  const isLater = ({ path, scheduledTime }: Listed) => newest !== undefined && `${path}/${scheduledTime}` > newest;
  const candidates: Listed[] = [];
  for (const listed of all.filter((one) => (time === null ? !isLater(one) : one.scheduledTime === time)))
    if (at === null || Date.parse(dataTimeOf(await read(listed))) <= Date.parse(at)) candidates.push(listed);
  const points = candidates.map(({ scheduledTime }) => ({ recoveryPoint: scheduledTime, dataTime: scheduledTime }));
  const chosen = chooseRecoveryPoint(points, drill.point, draw);
  const listed = candidates.find(({ scheduledTime }) => scheduledTime === chosen);
  if (listed === undefined)
    throw applicationFailure(
      failureTypes.notFound,
      all.length === 0
        ? `${name}: there is no recovery point of it in ${where}`
        : `${name}: of ${all.length} recovery points in ${where} none is ${point ?? `of ${at ?? ''} or before`}`,
    );
  const record = await read(listed);
  const { vault } = listed;
  const proof = signatures === null ? null : proofOf(record, signatures.get(record.tags[copyTags.recoveryPoint] ?? ''));
  if (proof?.type === 'refuted')
    throw applicationFailure(failureTypes.verificationFailed, `${vault.bucket}: ${listed.key}: ${proof.why}`);
  const unproven = proof?.type === 'unproven' ? proof.why : unasked;
  const { resource, dataPrefix, objects, bytes, tags } = record;
  return {
    resource,
    recoveryPoint: tags[copyTags.recoveryPoint] ?? '',
    scheduledTime: listed.scheduledTime,
    dataTime: dataTimeOf(record),
    place: vault.name,
    copy: { type: 'bucket', bucket: vault.bucket, dataPrefix, objects, bytes },
    unread: [],
    ...(unproven === null ? {} : { unproven }),
  };
}

/** What the vaults say of a resource's copies in buckets; null where its kind keeps none there, or they do not answer. */
async function signaturesFor(
  listings: VaultListings,
  path: string | undefined,
): Promise<{
  readonly signatures: Awaited<ReturnType<VaultListings['signatures']>>;
  readonly unasked: string | null;
}> {
  const [kind = '', account = '', region = '', id = ''] = (path ?? '').split('/');
  if (path === undefined) return { signatures: null, unasked: null };
  try {
    return { signatures: await listings.signatures({ kind, account, region, id }), unasked: null };
  } catch (error) {
    aborted().throwIfAborted();
    return { signatures: null, unasked: `its vaults could not be asked: ${(error as Error).message}` };
  }
}

/** Of a recovery point's id, or its scheduled time as people write it. */
function timeOfPoint(point: string): string {
  const time = timeOfKey(point.slice(point.lastIndexOf('/') + 1));
  if (Number.isNaN(Date.parse(time)))
    throw applicationFailure(failureTypes.invalidInput, `${point} is no recovery point, like 2026-11-21T02:00:00Z`);
  return scheduledTimeLabel(time);
}

const dataTimeOf = ({ tags }: RecoveryPointRecord): string =>
  tags[copyTags.dataTime] ?? tags[copyTags.scheduledTime] ?? '';

function bucketOf(textOfUrl: string): BucketUrl {
  const url = parseBucketUrl(textOfUrl);
  if (url === null) throw applicationFailure(failureTypes.invalidInput, `${textOfUrl} is not the URL of a bucket`);
  return url;
}

async function entriesOf(source: ExportSource, shard: number): Promise<ManifestEntry[]> {
  const entries: ManifestEntry[] = [];
  for await (const { entry } of source.entries({ from: shard, to: shard + 1 }, aborted())) {
    const { key, bytes, proof } = entry;
    if (proof !== null) entries.push({ key, bytes, ...proof });
  }
  return entries;
}

async function lastKey(source: ExportSource, shard: number): Promise<string | null> {
  return (await entriesOf(source, shard)).at(-1)?.key ?? null;
}

const aborted = (): AbortSignal => Context.current().cancellationSignal;
