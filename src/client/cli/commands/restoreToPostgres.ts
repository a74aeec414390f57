import { standaloneBucket } from '../../../clouds/aws/standaloneBucket';
import { gcsBuckets } from '../../../clouds/gcp/gcsBuckets';
import { type ObjectStore } from '../../../clouds/objectStore';
import { PlainHttp } from '../../../clouds/plainHttp';
import { type BucketUrl, parseBucketUrl } from '../../../core/catalogue/bucket';
import { type VaultListings } from '../../../activities/catalogue/vaultListings';
import { copyTags } from '../../../core/catalogue/copy';
import { type RecoveryPointRecord } from '../../../core/catalogue/manifest';
import { type Proof, proofOf } from '../../../core/catalogue/proof';
import { ExportSource } from '../../../postgres/exportSource';
import { planRestore } from '../../../postgres/planRestore';
import { label } from '../../../postgres/qualified';
import { parsePostgresUrl } from '../../../core/restore/postgresUrl';
import { transferFigures, transferText } from '../../../core/transfer/transferText';
import { restoreExportToPostgres, type RestoreProgress } from '../../../postgres/restoreExportToPostgres';
import { type BucketQuestion, findRecord } from '../../catalogue/bucketCatalogue';
import { isPostgresUrl } from '../../restore/restoreSource';
import { type CommandContext } from '../commandContext';
import { CommandFailure } from '../commandFailure';
import { type ExitCode, exitCodes } from '../exitCodes';

export interface RestoreToPostgresOptions extends BucketQuestion {
  /** `gs://bucket/prefix`, `s3://bucket/prefix` */
  readonly from: string;
  /** `postgres://user@host/database` */
  readonly to: string;
  /** Needed where the export holds several. */
  readonly database?: string | undefined;
  readonly parallel?: number | undefined;
  readonly dryRun: boolean;
}

/** A bucket by the cloud's own chain of credentials: the fleet file may be gone. */
export async function openStandalone({ scheme, bucket }: BucketUrl, signal: AbortSignal): Promise<ObjectStore> {
  const http = new PlainHttp();
  return scheme === 's3' ? standaloneBucket(bucket, http, signal) : gcsBuckets(http)(bucket);
}

/** How buckets are opened, and what is known of what lies in them. */
export interface BucketsToRestore {
  readonly open: (url: BucketUrl, signal: AbortSignal) => ObjectStore | Promise<ObjectStore>;
  /** What the vaults say of a resource's copies in buckets; null where nobody knows of any vaults. */
  readonly signatures: VaultListings['signatures'] | null;
}

/** Loads an export into PostgreSQL: the account it was made in may be gone, and so may Temporal and the fleet file. */
export async function restoreToPostgres(
  context: CommandContext,
  { from, to, database, parallel, dryRun, ...question }: RestoreToPostgresOptions,
  { open, signatures }: BucketsToRestore,
): Promise<ExitCode> {
  const { out, signal, terminal } = context;
  const url = parseBucketUrl(from);
  if (url === null)
    throw new CommandFailure(
      `${from}: not the URL of a bucket, gs://bucket/prefix or s3://bucket/prefix`,
      exitCodes.usage,
    );
  if (!isPostgresUrl(to))
    throw new CommandFailure(
      'what lies in a bucket is restored into PostgreSQL: --to postgres://user@host/database',
      exitCodes.usage,
    );
  parsePostgresUrl(to);
  const store = await open(url, signal);
  let unproven: string | null =
    signatures === null ? 'nobody could ask its vaults without a fleet file: name its place' : null;
  const record = await findRecord(store, url.prefix, context.kinds, question, signal, async (found) => {
    if (signatures === null) return null;
    const proof = await proofBy(signatures, found).catch((error: unknown) => {
      signal.throwIfAborted();
      unproven = `its vaults could not be asked: ${(error as Error).message}`;
      return null;
    });
    if (proof?.type === 'unproven') unproven = proof.why;
    return proof;
  });
  const { resource, tags, objects, bytes, skippedTables } = record;
  const { capabilities, title } = context.kinds.get(resource.kind);
  if (!capabilities.answersSql)
    throw new CommandFailure(
      `${resource.id} is a ${title.toLowerCase()}, and PostgreSQL takes databases only`,
      exitCodes.usage,
      `what was exported of it can be read as it is: ${from.replace(/\/$/, '')}/${record.dataPrefix}`,
    );
  const dataTime = tags[copyTags.dataTime] ?? null;
  out.line(
    `${resource.id} (${resource.account}/${resource.region}), data from ${out.time(dataTime)}: ${objects} objects, ${bytes} bytes`,
  );
  if (unproven !== null) out.note(`no vault proves that this is what was copied: ${unproven}`);
  for (const { table, reason } of skippedTables)
    out.note(`AWS left out ${table}${reason === null ? '' : `: ${reason}`}`);
  const location = { store, prefix: url.prefix, dataPrefix: record.dataPrefix };
  if (dryRun) {
    const plan = await planRestore(await ExportSource.open(location, signal), database, signal);
    const tables = plan.tables.map(({ table, parts, bytes: size }) => ({ table: label(table), parts, bytes: size }));
    out.table(
      [`table of ${plan.database}`, 'parts', 'bytes'],
      tables.map((table) => [table.table, String(table.parts), String(table.bytes)]),
      'No table has rows.',
    );
    for (const what of plan.notCarried) out.line(`not in an export: ${what}`);
    const { database: of, notCarried } = plan;
    out.document(true, { dryRun: true, record, unproven, plan: { database: of, tables, notCarried } });
    return exitCodes.ok;
  }
  let told = '';
  let rowsSince: number | undefined;
  const report = await restoreExportToPostgres({
    from: location,
    to: { url: to, password: terminal.environment.PGPASSWORD },
    database,
    parallel,
    signal,
    onProgress: (progress) => {
      const step = stepOf(progress);
      if (progress.step === 'rows') rowsSince ??= terminal.now();
      if (step !== told) out.note(`${out.clock(terminal.now())} ${progressText(progress, rowsSince, terminal.now())}`);
      told = step;
    },
  });
  out.line(
    `${report.tables} tables, ${report.rows} rows in ${Math.round(report.rtoSeconds)} s; ${report.equal ? `equal to the ${report.comparedWith}` : 'NOT equal'}`,
  );
  for (const { table, problem } of report.differences) out.line(`differs: ${table}: ${problem}`);
  for (const { what, reason } of report.refused) out.line(`not made: ${what}: ${reason}`);
  for (const what of report.notCarried) out.line(`not in an export: ${what}`);
  if (!report.proven) out.note('there is no manifest of this export: its bytes were not checked');
  const exitCode = report.equal ? exitCodes.ok : exitCodes.failed;
  out.document(exitCode === exitCodes.ok, { record, unproven, restore: { ...report, dataTime } });
  return exitCode;
}

/** What the vaults say of a record; null where its kind keeps no copies in any. */
async function proofBy(
  signatures: NonNullable<BucketsToRestore['signatures']>,
  record: RecoveryPointRecord,
): Promise<Proof | null> {
  const ofResource = await signatures(record.resource);
  return ofResource === null ? null : proofOf(record, ofResource.get(record.tags[copyTags.recoveryPoint] ?? ''));
}

/** What has a line of its own: a step, and for rows every tenth of them, since a line for each part would bury the rest. */
function stepOf({ step, bytes, ofBytes }: RestoreProgress): string {
  return step === 'rows' && ofBytes > 0 ? `rows ${Math.floor((10 * bytes) / ofBytes)}` : step;
}

function progressText({ step, bytes, ofBytes }: RestoreProgress, since: number | undefined, now: number): string {
  if (step !== 'rows' || since === undefined) return step;
  return `rows: ${transferText(transferFigures(bytes, ofBytes, (now - since) / 1000))}`;
}
