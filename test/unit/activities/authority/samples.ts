import { type StepRequest } from '../../../../src/activities/steps/stepContracts';
import { type DrillDatabase } from '../../../../src/activities/drill/drillContracts';
import { type DatabaseAccess } from '../../../../src/core/catalogue/databaseAccess';
import { type DrillCheck, type DrillTarget } from '../../../../src/core/drill/drill';
import { type DrillPoint } from '../../../../src/core/drill/drillPoint';
import { type LedgerEntry, untold } from '../../../../src/core/ledger/entry';
import { type PermitRequest } from '../../../../src/core/limits/permitQueue';
import { type PostgresRestoreRequest } from '../../../../src/core/restore/postgresRestore';
import { type TransferRequest } from '../../../../src/core/transfer/transferRequest';
import { type ActivityName } from '../../../../src/activities/authority/fields';
import { type DeletionActivities, type MarkActivities } from '../../../../src/activities/retention/retentionContracts';
import { type createActivities } from '../../../../src/activities';
import { parseFleet } from '../../../../src/config';
import { bucketLayout } from '../../../../src/core/catalogue/bucket';
import { type CopyRef, type Scope } from '../../../../src/core/catalogue/copy';
import { type Step, step, type StepInput } from '../../../../src/core/steps/step';
import { type VerifiedCopy } from '../../../../src/core/steps/stepResult';
import { type Kind } from '../../../../src/kinds/kind';
import { describedKinds } from '../../../../src/kinds/registry';

type Activities = ReturnType<typeof createActivities> & MarkActivities & DeletionActivities;
/** Arguments that the fleet file allows. */
export type Samples = { readonly [A in ActivityName]: readonly Parameters<Activities[A]>[] };

export const region = 'eu-west-1';
export const ownAccount = '999999999999';
export const vaultAccount = '111111111111';
export const targetAccount = '333333333333';
export const drillAccount = '444444444444';
export const scheduledTime = '2026-11-21T02:00:00Z';

export function fleetOf(kinds: readonly Kind[]) {
  return parseFleet(
    `
fleet: panda
roles: {source: "arn:aws:iam::{account}:role/farcopy-source", vault: "arn:aws:iam::{account}:role/farcopy-vault"}
accounts: [{id: "${ownAccount}", regions: [${region}]}, {id: "888888888888", regions: [${region}]}]
vaults:
  secure: {account: "${vaultAccount}", key: alias/farcopy}
  secure-dr: {account: "${vaultAccount}", region: eu-central-1, key: alias/farcopy}
  gcs:
    bucket: gs://panda-backups/keep
    export: {bucket: "s3://panda-exports-{region}", role: "arn:aws:iam::${vaultAccount}:role/export", key: alias/farcopy}
    lock: {mode: compliance, days: 30}
  s3:
    {bucket: "s3://panda-vault", account: "222222222222", region: eu-central-1, key: alias/archive, export: {bucket: "s3://panda-exports-{region}", role: "arn:aws:iam::${vaultAccount}:role/export", key: alias/farcopy}}
shareableKey: alias/shareable
select: [{kind: aurora-cluster, tags: {backup: "true"}, tier: standard}]
tiers:
  standard:
    schedule: "0 2 * * *"
    rpo: 26h
    route: [secure, secure-dr, gcs, s3]
    retention: {daily: 14, minimum: 2}
    connect: {user: farcopy, authentication: {secret: "farcopy/{id}"}}
    drills:
      weekly:
        to: {account: "${drillAccount}", region: eu-central-1}
        checks: [{table: shop.orders, rows: 1}]
      loaded:
        from: gcs
        to: {postgres: "postgres://drill@scratch.example:5432/postgres", secret: "${secretOf(drillAccount)}"}
restore:
  targets:
    - {account: "${targetAccount}", regions: [us-east-1]}
    - {postgres: "postgres://restorer@db.example/postgres?sslmode=verify-full"}
`,
    'fleet.yaml',
    { kinds: describedKinds(kinds) },
  );
}

function secretOf(account: string): string {
  return `arn:aws:secretsmanager:eu-west-1:${account}:secret:drill`;
}

export const resource = {
  kind: 'aurora-cluster',
  account: ownAccount,
  region,
  id: 'shop',
  arn: `arn:aws:rds:${region}:${ownAccount}:cluster:shop`,
};
export const identity = { fleet: 'panda', tier: 'standard', resource, scheduledTime };

const source: Scope = { account: ownAccount, region, access: 'source' };
export const vault: Scope = { account: vaultAccount, region, access: 'vault' };
export const lender: Scope = { account: vaultAccount, region: 'us-east-1', access: 'lender' };
export const target: Scope = { account: targetAccount, region: 'us-east-1', access: 'restore' };

export function copyIn({ account, region: where }: Pick<Scope, 'account' | 'region'>): CopyRef {
  return {
    ...{ kind: 'aurora-cluster', account, region: where, id: 'farcopy-shop' },
    arn: `arn:aws:rds:${where}:${account}:cluster-snapshot:farcopy-shop`,
  };
}

function verified(scope: Pick<Scope, 'account' | 'region'>): VerifiedCopy {
  const { arn, ...rest } = copyIn(scope);
  const keyArn = `arn:aws:kms:${scope.region}:${scope.account}:key/farcopy`;
  return {
    ...{ ...rest, arn, place: 'secure', keyArn, sizeGiB: 1 },
    ...{ dataTime: scheduledTime, verifiedAt: scheduledTime },
  };
}

export function stepOf(type: string, scope: Scope, input: StepInput = {}, changes: Partial<Step> = {}): Step {
  const expects = { seconds: 0, secondsPerGiB: 0 };
  return step({ id: type, type, scope, marker: 'farcopy-shop', expects, input, ...changes });
}

export const requestOf = (
  planned: Step,
  ownership: Readonly<Record<string, string>> | null,
  from: Scope | null,
): StepRequest => ({
  ...{ identity, step: planned, choice: planned.choices.length === 0 ? null : 0, ownership },
  source: from === null ? null : verified(from),
  results: from === null ? {} : { before: { copy: verified(from) } },
});

const restored = { 'farcopy:restore': 'restore/shop' };
const connect: DatabaseAccess = {
  user: 'farcopy',
  authentication: { type: 'secret', secret: 'farcopy/{id}' },
  tls: 'verify-full',
};

/** Every type of step with what its input may name. */
const requests = [
  requestOf(stepOf('snapshot', source), null, null),
  requestOf(stepOf('share', source, { shareWith: vaultAccount }), null, source),
  requestOf(stepOf('copy', vault, { key: 'alias/farcopy' }), null, source),
  requestOf(stepOf('copy', source, { key: 'alias/shareable' }), null, source),
  requestOf(
    stepOf('export', vault, {
      ...{ bucket: `s3://panda-exports-${region}`, key: 'alias/farcopy' },
      role: `arn:aws:iam::${vaultAccount}:role/export`,
    }),
    null,
    vault,
  ),
  requestOf(
    stepOf('describe', vault, { bucket: `s3://panda-exports-${region}`, connect: { ...connect } }),
    null,
    source,
  ),
  requestOf(stepOf('sign', source), null, vault),
  requestOf(stepOf('share', lender, { shareWith: targetAccount }), restored, lender),
  requestOf(stepOf('copy', target, { key: `arn:aws:kms:us-east-1:${targetAccount}:key/1` }), restored, lender),
  requestOf(stepOf('parameter-groups', target, { groups: [] }), restored, null),
  requestOf(
    stepOf(
      'database',
      target,
      {
        id: 'shop-2',
        settings: { key: 'alias/target', roles: [{ arn: `arn:aws:iam::${targetAccount}:role/s3`, feature: null }] },
      },
      { choices: [{ label: '', input: { placement: { class: null, zone: null } } }] },
    ),
    restored,
    lender,
  ),
  requestOf(stepOf('instance', target, { cluster: 'shop-2', instance: { id: 'shop-2-1' } }), restored, null),
  requestOf(stepOf('settings', target, { id: 'shop-2', settings: { key: null, roles: [] } }), restored, null),
];
const handle = copyIn(vault);
const polling = { shortestSeconds: 1, longestSeconds: 1 };
const transfer: TransferRequest = {
  identity,
  source: {
    scope: vault,
    bucket: `s3://panda-exports-${region}`,
    prefix: `${bucketLayout.dataPrefix(resource, scheduledTime)}export/1/`,
  },
  target: 'gs://panda-backups/keep',
  dataPrefix: bucketLayout.dataPrefix(resource, scheduledTime),
  lock: { mode: 'compliance', until: '2026-12-21T02:00:00Z' },
  bytesPerSecond: null,
  verify: 'manifest',
};
const shard = { key: 'manifest/000000.ndjson', objects: 1, bytes: 1, sha256: 'a'.repeat(64) };
const point: DrillPoint = {
  ...{ resource, recoveryPoint: 'point', scheduledTime, dataTime: scheduledTime, unread: [] },
  ...{ place: 'secure', copy: { type: 'snapshot', ref: copyIn(vault) } },
};
const storedPoint: DrillPoint = {
  ...point,
  place: 'gcs',
  copy: { type: 'bucket', bucket: 'gs://panda-backups/keep', dataPrefix: transfer.dataPrefix, objects: 1, bytes: 1 },
};
const drilled: DrillDatabase = {
  ...{ type: 'aws', id: 'drill-shop-0123456789abc' },
  ...{ access: connect, resource, account: drillAccount, region: 'eu-central-1' },
  endpoint: { host: 'shop.example', port: 5432, database: 'shop', masterUsername: 'root' },
};
const loaded: Extract<DrillDatabase, { type: 'postgres' }> = {
  type: 'postgres',
  url: 'postgres://drill@scratch.example:5432/farcopy_drill_0123456789abc',
  secret: secretOf(drillAccount),
};
const owner = { fleet: 'panda', workflowId: 'drill/1', runId: 'run', since: scheduledTime };
const scratch = {
  ...loaded,
  url: 'postgres://drill@scratch.example:5432/postgres',
  name: 'farcopy_drill_0123456789abc',
  owner,
};
const load: PostgresRestoreRequest = {
  from: { bucket: 'gs://panda-backups/keep', dataPrefix: transfer.dataPrefix },
  to: { url: 'postgres://restorer@db.example/shop?sslmode=verify-full' },
};
const unit = { from: 0, to: 1, bytes: 1, label: 'shop' };
const permit: PermitRequest = {
  ...{ requestId: 'a', holderWorkflowId: 'b', holderRunId: 'c', operationId: 'd', resource, priority: 1 },
  ...{ taskQueue: 'farcopy-panda', access: 'source', remainingSeconds: 1, capacity: 1, observeSeconds: 1 },
  since: 0,
};
const limit = { account: ownAccount, region, limit: 'cluster-snapshots-in-progress' };
const drillTo: DrillTarget = {
  ...{ type: 'aws', account: drillAccount, region: 'eu-central-1', subnetGroup: null },
  ...{ securityGroups: [], instanceClasses: [] },
};
const scratchScope: Scope = { account: drillAccount, region: 'eu-central-1', access: 'restore' };
const check: DrillCheck = {
  type: 'rows',
  name: 'shop.orders has at least 1 rows',
  resources: [],
  table: 'shop.orders',
  atLeast: 1,
};

const entry: LedgerEntry = {
  ...{ version: 1, type: 'act', fleet: 'panda', tier: 'standard', resource, outcome: 'pause', reason: null },
  ...{ at: '2026-11-21T02:00:00.000Z', asToldByCaller: untold, workflow: { id: 'protect/a', runId: 'b' } },
};

export const samples: Samples = {
  planBackup: [[identity]],
  startStep: requests.map((request) => [request]),
  awaitStep: requests.map((request) => [
    { ...request, handle, startedAt: 0, firstLookAt: 0, expectedSeconds: 1, polling },
  ]),
  undoStep: requests.map((request) => [{ ...request, handle, polling }]),
  lastProtected: [[resource, 'standard']],
  listScopes: [['panda']],
  discoverResources: [['panda', 'standard', { account: ownAccount, region }, null]],
  requestRecoveryPoints: [['panda', 'standard', [resource], scheduledTime]],
  collectOutcomes: [[[{ resource, scheduledTime }], 1]],
  notify: [
    [{ fleet: 'panda', event: 'rpo-missed', subject: 'a', message: 'b' }, ['arn:aws:sns:eu-west-1:111111111111:told']],
    [
      { fleet: 'panda', event: 'rpo-met', subject: 'a', message: 'b', id: 'c', key: 'rpo/shop', state: 'resolved' },
      ['on-call', 'mail/dba@example.com'],
    ],
  ],
  handOverNotification: [
    [{ fleet: 'panda', event: 'rpo-missed', subject: 'a', message: 'b' }],
    [{ fleet: 'panda', event: 'rpo-met', subject: 'a', message: 'b', retired: 'rds/shop', quietly: true }],
  ],
  alertSettings: [['panda']],
  tellReceiver: [
    [
      'panda',
      'on-call',
      { ...{ fleet: 'panda', event: 'rpo-missed', subject: 'a', message: 'b' }, id: 'c', time: 'd' },
    ],
  ],
  sendHeartbeat: [['panda']],
  recordInLedger: [[entry]],
  recordLateInLedger: [[entry]],
  observeLimit: [
    [limit, 'source', []],
    [{ ...limit, account: targetAccount, region: 'us-east-1' }, 'restore', []],
  ],
  startServiceLimit: [[limit, permit]],
  planRestore: [
    [{ resource: 'shop', to: `${targetAccount}/us-east-1`, key: `arn:aws:kms:us-east-1:${targetAccount}:key/1` }, {}],
    [{ resource: 'shop', to: `${drillAccount}/eu-central-1`, drill: owner }, {}],
  ],
  planPostgresRestore: [[load]],
  makeRestoredTables: [[load]],
  loadExportTables: [[load, unit]],
  completeRestoredTables: [[load]],
  compareRestoredTables: [[load]],
  forgetPostgresRestore: [[load]],
  planDrill: [['standard', 'weekly']],
  chooseDrillPoint: [
    [
      {
        resource: 'shop',
        tier: 'standard',
        drill: { point: 'latest', from: null, to: drillTo },
        at: null,
        point: null,
        draw: 0,
      },
    ],
  ],
  verifyDrillSnapshot: [[point]],
  planDrillVerification: [[storedPoint]],
  verifyDrillObjects: [[storedPoint, { from: 0, to: 1 }]],
  recordDrillPassed: [[point]],
  createScratchDatabase: [[scratch]],
  dropScratchDatabase: [[scratch]],
  awaitDrillDatabase: [[drilled], [loaded]],
  readDrillTables: [[drilled], [loaded]],
  runDrillChecks: [
    [drilled, resource, [check], scheduledTime],
    [loaded, resource, [check], scheduledTime],
  ],
  fleetRevision: [['panda']],
  markCopies: [['panda', 'r']],
  deleteMarked: [['panda', 'r', 0]],
  planSweep: [[]],
  findLeftovers: [
    [{ type: 'scratch-account', scope: scratchScope }],
    [{ type: 'copies', scope: lender }],
    [{ type: 'scratch-server', url: scratch.url, secret: scratch.secret }],
    [{ type: 'restores' }],
  ],
  removeLeftover: [
    [
      {
        ...{ type: 'thing', kind: 'aurora-cluster', thing: { type: 'database', id: 'drill-shop' } },
        ...{ title: 'a', isRestored: true, scope: scratchScope, owner },
      },
    ],
    [{ type: 'scratch-database', url: scratch.url, secret: scratch.secret, name: scratch.name, owner }],
    [{ type: 'copy', kind: 'aurora-cluster', id: 'farcopy-shop', scope: lender, ownership: restored }],
    [{ type: 'share', copy: copyIn(lender), scope: lender, account: '777777777777' }],
  ],
  planTransfer: [[transfer]],
  transferShard: [[transfer, 0]],
  verifyShard: [[transfer, shard, 0]],
  finishTransfer: [[{ ...transfer, shards: [shard], skippedTables: [], tags: {}, verifiedAt: scheduledTime }]],
  cleanUpTransfer: [[transfer]],
};
