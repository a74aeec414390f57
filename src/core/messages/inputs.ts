import { type AlertsInput } from '../alerts/alert';
import { type HeartbeatInput } from '../alerts/heartbeat';
import { type Untold } from '../backup/alarm';
import { type FleetBackupInput } from '../backup/fleetRound';
import {
  type LifecycleState,
  type ProtectResourceInput,
  type RecoveryPointOutcome,
  type RecoveryPointRequest,
} from '../backup/lifecycle';
import { type CreateRecoveryPointInput } from '../backup/recoveryPointPlan';
import { type ManifestShard, type SkippedTable } from '../catalogue/manifest';
import { type RestoreDrillInput } from '../drill/drillRequest';
import { type DrillTierInput } from '../drill/drillRound';
import { type RecordLaterInput } from '../ledger/entry';
import { ledgerEntry } from '../ledger/entryShape';
import { type CarriedSemaphore, type ServiceLimitInput } from '../limits/semaphore';
import { type PruneFleetInput } from '../retention/pruneRun';
import { type RestoreToPostgresInput } from '../restore/postgresRestore';
import { parseRestoreRequest, type RestoreRequest } from '../restore/restoreRequest';
import { type SweepInput } from '../sweep/sweep';
import { type ContinuedTransfer, type TransferExportInput, type TransferPlan } from '../transfer/transferRequest';
import { alertNotice, carriedAlerts } from './alertShapes';
import {
  anyText,
  either,
  flag,
  list,
  nullable,
  number,
  object,
  oneOf,
  optional,
  record,
  type Shape,
  text,
  time,
} from './shape';
import {
  asker,
  bytesPerSecond,
  connect,
  count,
  drill,
  fleet,
  identity,
  limitRef,
  lock,
  name,
  packedPermit,
  permitRequest,
  policy,
  queuedAnswer,
  resource,
  scope,
  seconds,
  tags,
  url,
  verify,
} from './shapes';

const version = oneOf<1>(1);
const learned = record(seconds, 1000);
const word = text(40);

const outcome = object<RecoveryPointOutcome>({
  scheduledTime: time,
  state: word as Shape<RecoveryPointOutcome['state']>,
  endedAt: time,
  reason: nullable(anyText(1_000_000)),
});
const lifecycle = object<LifecycleState>({
  resource,
  policy,
  paused: flag,
  retired: flag,
  inFlight: nullable(time),
  waiting: nullable(object<NonNullable<LifecycleState['waiting']>>({ scheduledTime: time, force: flag })),
  outcomes: list(outcome, 100),
  protectedSince: time,
  alertedAt: nullable(time),
  metAt: nullable(time),
  untold: nullable(
    object<Untold>({
      begunAt: optional(time),
      since: time,
      triedAt: time,
      tries: count,
      problem: anyText(1_000_000),
      heard: list(text(), 1000),
    }),
  ),
  learned,
});

const queue = object<CarriedSemaphore>({
  configuredCapacity: count,
  capacityOverride: nullable(count),
  holders: list(packedPermit, 10_000),
  waiters: list(packedPermit, 10_000),
  foreign: count,
  observedAt: nullable(count),
  servedAt: nullable(count),
  paceMilliseconds: nullable(count),
  awayUntil: count,
  asker: nullable(asker),
  freshUntil: nullable(count),
});

const plan = object<TransferPlan>({ shards: number(0, 1_000_000), objects: count, bytes: count });
const shard = object<ManifestShard>({ key: text(), objects: count, bytes: count, sha256: text(64) });
const skipped = object<SkippedTable>({ table: anyText(10_000), reason: nullable(anyText(10_000)) });
const continued = object<ContinuedTransfer>({ startedAt: count, plan, shards: list(shard, 1_000_000) });

/** What a restore of its service takes is made for people, who are told of a field that there is not. */
const restore: Shape<RestoreRequest> = (value) => parseRestoreRequest(value);

/** The input of every workflow, by the workflow's name. */
export const workflowInputs = {
  alerts: object<AlertsInput>({ version, fleet, state: nullable(carriedAlerts) }),
  createRecoveryPoint: object<CreateRecoveryPointInput>({ version, identity, policy, learned, paused: flag }),
  drillTier: object<DrillTierInput>({ version, fleet: name, tier: name, drill: name }),
  fleetBackup: object<FleetBackupInput>({ version, fleet: name, tier: name, pollSeconds: number(0.001, 1e6) }),
  heartbeat: object<HeartbeatInput>({ version, fleet, seconds: number(1, 86_400) }),
  protectResource: object<ProtectResourceInput>({ version, resource, policy, state: nullable(lifecycle) }),
  pruneFleet: object<PruneFleetInput>({ version, fleet: name, revision: nullable(text(64)) }),
  recordLater: object<RecordLaterInput>({ version, entry: ledgerEntry }),
  restoreDrill: object<RestoreDrillInput>({
    version,
    fleet: name,
    tier: name,
    resource: either((value) => typeof value === 'string', text(), resource),
    drill,
    connect,
    at: optional(time),
    point: optional(text()),
    ledger: optional(flag),
  }),
  restoreRecoveryPoint: restore,
  restoreToPostgres: object<RestoreToPostgresInput>({
    version,
    from: object<RestoreToPostgresInput['from']>({
      bucket: url,
      dataPrefix: text(),
      database: optional(text(255)),
    }),
    to: object<RestoreToPostgresInput['to']>({ url, secret: optional(text()) }),
    parallel: optional(number(1, 1000)),
  }),
  serviceLimit: object<ServiceLimitInput>({ version, ref: limitRef, queue }),
  sweepRestores: object<SweepInput>({ version, fleet: name, dryRun: flag }),
  transferExport: object<TransferExportInput>({
    version,
    fleet,
    identity,
    sourceScope: scope,
    sourceBucket: url,
    sourcePrefix: text(),
    targetBucket: url,
    dataPrefix: text(),
    lock,
    bytesPerSecond,
    verify,
    skippedTables: list(skipped, 1000),
    exported: count,
    tags,
    continued: optional(continued),
  }),
} as const;

/** What comes with signals and updates that carry anything. Of a capacity, `capacityFault` (core/limits) decides. */
export const messageInputs = {
  requestRecoveryPoint: object<RecoveryPointRequest>({ scheduledTime: time, policy, force: flag }),
  requestPermit: permitRequest,
  releasePermit: text(4096),
  permitGranted: text(4096),
  permitQueued: queuedAnswer,
  tell: alertNotice,
} as const;
