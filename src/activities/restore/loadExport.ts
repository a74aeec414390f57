import { Context } from '@temporalio/activity';
import { type ObjectStore } from '../../clouds/objectStore';
import { applicationFailure } from '../../core/applicationFailure';
import { type BucketUrl, parseBucketUrl, timeOfKey } from '../../core/catalogue/bucket';
import { type Proof, proofOf, type Signatures } from '../../core/catalogue/proof';
import { failureTypes } from '../../core/failure';
import { type ResourceRef } from '../../core/resource';
import { type PostgresRestoreRequest, type RestoreUnit } from '../../core/restore/postgresRestore';
import { ExportSource } from '../../postgres/exportSource';
import { loadParts } from '../../postgres/loadParts';
import { planRestore, type PlannedTable, type RestorePlan } from '../../postgres/planRestore';
import { label } from '../../postgres/qualified';
import { defaultParallel } from '../../postgres/restoreExportToPostgres';
import {
  compareTables,
  completeTables,
  forgetRestore,
  makeTables,
  type RestoreContext,
} from '../../postgres/restoreSteps';
import { TargetDatabase } from '../../postgres/targetDatabase';
import { beating } from '../beating';
import { type LoadExportActivities } from './loadExportContracts';
import { type PasswordDependencies, serverPassword } from './serverPassword';

export interface LoadExportDependencies extends PasswordDependencies {
  readonly openStore: (bucket: BucketUrl) => Promise<ObjectStore>;
  /** What the vaults say of a resource's copies in buckets; null where its kind keeps none there. */
  readonly signatures: (resource: Omit<ResourceRef, 'arn'>) => Promise<ReadonlyMap<string, Signatures> | null>;
}

/** Units of one restore at most, so that neither plan nor history grow with the number of tables. */
const mostUnits = 64;
/** Less is not worth an activity of its own. */
const leastUnitBytes = 64 * 1024 ** 2;
/** Entries of a list in a report: a payload takes 2 MB. */
const mostListed = 200;

/** The activities behind `restoreToPostgres`. */
export function loadExportActivities({
  openStore,
  signatures,
  ...passwords
}: LoadExportDependencies): LoadExportActivities {
  /** The plan of the latest export that was worked on: making one reads the whole manifest. */
  let latest: { readonly key: string; readonly plan: Promise<RestorePlan> } | undefined;
  const planOf = (source: ExportSource, { from }: PostgresRestoreRequest): Promise<RestorePlan> => {
    const key = JSON.stringify([from.bucket, source.identity, from.database]);
    if (!source.proven || latest?.key !== key) latest = { key, plan: planRestore(source, from.database, aborted()) };
    return latest.plan.catch((error: unknown) => {
      latest = undefined;
      throw error;
    });
  };

  /** Whoever can write to the bucket may change it at any time: what was asked of one record holds for that alone. */
  const proofs = new Map<string, Proof>();
  const proofFor = async (source: ExportSource, { from }: PostgresRestoreRequest): Promise<Proof> => {
    const key = JSON.stringify([from, source.record?.tags, source.record?.manifestSha256, source.record?.bundleSha256]);
    const known = proofs.get(key);
    if (known !== undefined) return known;
    const proof = await proofOfExport(source, from.dataPrefix, signatures);
    // What the vaults did not tell now they may tell the next.
    if (proof.type === 'proven') proofs.set(key, proof);
    return proof;
  };

  const within = async <T>(
    request: PostgresRestoreRequest,
    work: (context: RestoreContext, proof: Proof) => Promise<T>,
  ): Promise<T> => {
    const { from, to, parallel = defaultParallel } = request;
    const bucket = parseBucketUrl(from.bucket);
    if (bucket === null) throw invalid(`${from.bucket} is not the URL of a bucket, as gs://panda-backups`);
    if (!/^data\/.+\/$/.test(from.dataPrefix))
      throw invalid(`${from.dataPrefix} is not where a recovery point's data lie`);
    if (!Number.isInteger(parallel) || parallel < 1 || parallel > 64) throw invalid('parallel must be 1 to 64');
    const password = await serverPassword({ url: to.url, secret: to.secret ?? null }, passwords, aborted());
    const location = { store: await openStore(bucket), prefix: bucket.prefix, dataPrefix: from.dataPrefix };
    const target = new TargetDatabase({ url: to.url, password, connections: parallel });
    try {
      const source = await ExportSource.open(location, aborted());
      const proof = await proofFor(source, request);
      if (proof.type === 'refuted')
        throw applicationFailure(failureTypes.verificationFailed, `${from.bucket}/${from.dataPrefix}: ${proof.why}`);
      return await work({ source, plan: await planOf(source, request), target, parallel, signal: aborted() }, proof);
    } finally {
      await target.close();
    }
  };

  return {
    planPostgresRestore: (request) =>
      beating(() =>
        within(request, async ({ plan }) => ({
          database: plan.database,
          tables: plan.schema.tables.length,
          bytes: plan.bytes,
          units: unitsOf(plan.tables),
        })),
      ),
    makeRestoredTables: (request) => beating(() => within(request, makeTables)),
    loadExportTables: (request, unit) =>
      within(request, async ({ source, plan, target, parallel, signal }) => {
        const done = { rows: 0, bytes: 0 };
        await beating(
          () =>
            loadParts({
              source,
              target,
              monetary: plan.monetary,
              tables: plan.tables.slice(unit.from, unit.to),
              parallel,
              signal,
              onPart: ({ rows, bytes }) => {
                done.rows += rows;
                done.bytes += bytes;
              },
            }),
          () => ({ ...done }),
        );
        return done;
      }),
    completeRestoredTables: (request) => beating(() => within(request, completeTables)),
    compareRestoredTables: (request) =>
      beating(() =>
        within(request, async (context, proof) => {
          const report = await compareTables(context);
          return {
            ...report,
            ...(proof.type === 'unproven' ? { unproven: proof.why } : {}),
            differences: cut(report.differences, (n) => ({ table: `${n} more tables`, problem: 'differ too' })),
            notCarried: cut(report.notCarried, (n) => `${n} more`),
            refused: cut(report.refused, (n) => ({ what: `${n} more`, reason: 'see the logs of the target' })),
          };
        }),
      ),
    forgetPostgresRestore: (request) => within(request, forgetRestore),
  };
}

/** What the vaults say of the export in a folder. One whose vaults do not answer is restored all the same: they may be gone. */
async function proofOfExport(
  { record }: ExportSource,
  dataPrefix: string,
  signatures: LoadExportDependencies['signatures'],
): Promise<Proof> {
  const [, kind = '', account = '', region = '', id = '', time = ''] = dataPrefix.split('/');
  try {
    const ofResource = await signatures({ kind, account, region, id });
    if (ofResource === null) return { type: 'unproven', why: 'its service keeps no copies to prove it by' };
    const signed = ofResource.get(`${kind}/${account}/${region}/${id}/${timeOfKey(time)}`);
    if (record !== null) return proofOf(record, signed);
    if (signed === undefined || signed.manifests.length === 0)
      return { type: 'unproven', why: 'it has no record in the catalogue' };
    return {
      type: 'refuted',
      why: 'its record is gone from the catalogue, and the copies in vaults are signed for one',
    };
  } catch (error) {
    aborted().throwIfAborted();
    return { type: 'unproven', why: `its vaults could not be asked: ${(error as Error).message}` };
  }
}

/** Cuts the tables into runs of neighbours of about equal size. */
export function unitsOf(tables: readonly PlannedTable[]): RestoreUnit[] {
  const total = tables.reduce((sum, { bytes }) => sum + bytes, 0);
  const wanted = Math.max(leastUnitBytes, total / mostUnits);
  const units: RestoreUnit[] = [];
  let from = 0;
  let bytes = 0;
  tables.forEach((planned, i) => {
    bytes += planned.bytes;
    const next = tables[i + 1];
    if (next !== undefined && bytes + next.bytes <= wanted) return;
    if (next !== undefined && units.length === mostUnits - 1) return;
    const first = tables[from] ?? planned;
    const names = from === i ? label(planned.table) : `${label(first.table)} … ${label(planned.table)}`;
    units.push({ from, to: i + 1, bytes, label: names });
    from = i + 1;
    bytes = 0;
  });
  return units;
}

function cut<T>(list: readonly T[], rest: (more: number) => T): readonly T[] {
  return list.length <= mostListed ? list : [...list.slice(0, mostListed), rest(list.length - mostListed)];
}

const aborted = () => Context.current().cancellationSignal;

const invalid = (message: string) => applicationFailure(failureTypes.invalidInput, message);
