import { type RecoveryPointProgress } from '../../../src/core/backup/recoveryPointPlan';
import { messageNames } from '../../../src/core/messageNames';
import { recoveryPointId, recoveryPointWorkflowId, scheduledTimeLabel } from '../../../src/core/naming';
import { CloudSandbox } from '../../support/cloudSandbox';
import { cluster, resourceOf } from '../../support/database';
import { otherCloud } from '../../support/drilledFleet';
import { eventually } from '../../support/eventually';
import { fleetDocument, type FleetDocument, tier } from '../../support/fleetDocument';
import { OtlpReceiver, type ReceivedSpan } from '../../support/otlpReceiver';
import { farcopyProgram, run } from '../../support/program';
import { RunningFleet } from '../../support/runningFleet';

const account = '999999999999';
const fleetName = 'panda';
const shop = cluster(fleetName, account, 'shop', { data: { database: 'shop', rows: 50 } });

const plain = fleetDocument(fleetName, [account]);
const document: FleetDocument = {
  ...plain,
  vaults: { ...plain.vaults, 'other-cloud': otherCloud(fleetName) },
  tiers: Object.fromEntries(
    Object.entries(plain.tiers).map(([name, of]) => [name, { ...of, route: ['secure', 'other-cloud'] }]),
  ),
};

let sandbox: CloudSandbox;
let receiver: OtlpReceiver;
let fleet: RunningFleet;
let variables: NodeJS.ProcessEnv;

beforeAll(async () => {
  receiver = await OtlpReceiver.start();
  sandbox = await CloudSandbox.start({
    databases: [shop],
    bucketsOf: fleetName,
    seconds: { snapshot: 0.5, copy: 2, crossRegionCopy: 0.5 },
  });
  variables = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
  fleet = await RunningFleet.start(sandbox, document, { build: { variables } });
}, 120_000);

afterAll(async () => {
  await sandbox?.end();
  await receiver?.stop();
});

const called = (name: string) => receiver.spans.filter((span) => span.name === name);
const traceOf = (span: ReceivedSpan) => receiver.spans.filter(({ traceId }) => traceId === span.traceId);
const only = (spans: readonly ReceivedSpan[]): ReceivedSpan => {
  expect(spans.map(({ name }) => name)).toHaveLength(1);
  return spans[0] as ReceivedSpan;
};

/** The names of what a span lies in, from its root on. */
function pathOf(span: ReceivedSpan): string[] {
  const parent = receiver.spans.find(({ traceId, spanId }) => traceId === span.traceId && spanId === span.parentSpanId);
  if (parent !== undefined) return [...pathOf(parent), span.name];
  return [span.parentSpanId === '' ? span.name : `… ${span.name}`];
}

test('a recovery point that two workers have made is one tree, down to the calls of both clouds', async () => {
  const round = await fleet.round();
  const scheduledTime = scheduledTimeLabel(round.scheduledTime);
  // The export comes after it: the second worker replays what the first has done.
  await eventually('the copy has begun', async () => {
    const progress = fleet.recoveryPoint(shop, scheduledTime).query<RecoveryPointProgress>(messageNames.progress);
    // Until it is there.
    const { steps } = await progress.catch(() => ({ steps: [] }));
    return steps.some(({ step, state }) => step === 'copy:secure' && (state === 'running' || state === 'done'));
  });
  await fleet.endWorkers();
  await fleet.startWorkers(1, undefined, { variables });
  expect(await round.result).toMatchObject({ completed: 1 });
  const words = [farcopyProgram(), 'backup', shop.id, '--no-wait'];
  expect(await run(process.execPath, words, { ...fleet.environment, ...variables })).toMatchObject({ code: 0 });
  await fleet.endWorkers();

  const recoveryPoint = recoveryPointId(resourceOf(shop), scheduledTime);
  const root = only(called('createRecoveryPoint'));
  expect(root).toMatchObject({
    parentSpanId: '',
    failed: false,
    attributes: {
      ...{ 'farcopy.fleet': fleetName, 'farcopy.tier': tier, 'farcopy.recovery_point': recoveryPoint },
      'temporal.workflow.id': recoveryPointWorkflowId(recoveryPoint),
    },
    resource: { 'service.name': 'farcopy', 'farcopy.fleet': fleetName },
  });
  const tree = traceOf(root);
  expect(tree.filter(({ parentSpanId }) => parentSpanId === '')).toEqual([root]);
  expect(tree.map(pathOf).filter(([first]) => first !== 'createRecoveryPoint')).toEqual([]);
  const ids = receiver.spans.map(({ traceId, spanId }) => `${traceId} ${spanId}`);
  expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
  expect(new Set(tree.map(({ resource }) => resource['service.instance.id'])).size).toBe(2);

  const paths = new Set(tree.map((span) => pathOf(span).join(' > ')));
  for (const path of [
    'createRecoveryPoint > planBackup > try planBackup > rds DescribeDBClusters',
    'createRecoveryPoint > wait for permit',
    'createRecoveryPoint > startStep snapshot > try startStep > rds CreateDBClusterSnapshot',
    'createRecoveryPoint > awaitStep copy > try awaitStep > rds DescribeDBClusterSnapshots',
    'createRecoveryPoint > transferExport > transferShard > try transferShard > storage storage.objects.create',
  ])
    expect(paths).toContain(path);
  // Polls that come again are told by the span that waits for them.
  expect(tree.filter(({ attributes }) => attributes['error.type'] === 'NotReady')).toEqual([]);
  const copied = only(tree.filter(({ name }) => name === 'awaitStep copy'));
  expect(copied.attributes['farcopy.place']).toBe('secure');
  expect(Number(copied.ended - copied.begun) / 1e9).toBeGreaterThan(1);
}, 120_000);

test('it is linked to the call of the round that asked for it', () => {
  const [link] = only(called('createRecoveryPoint')).links;
  const asked = only(receiver.spans.filter(({ spanId }) => spanId === link?.spanId));
  expect(asked.traceId).toBe(link?.traceId);
  expect(pathOf(asked)).toEqual([
    'fleetBackup',
    'requestRecoveryPoints',
    'try requestRecoveryPoints',
    'update requestRecoveryPoint',
  ]);
});

test('what never ends has no span', () => {
  expect(receiver.spans.filter(({ name }) => /^(protectResource|serviceLimit|alerts)$/.test(name))).toEqual([]);
});

test('a command is the root of what it asks', () => {
  const root = only(called('farcopy backup'));
  expect(root.parentSpanId).toBe('');
  const paths = new Set(traceOf(root).map((span) => pathOf(span).join(' > ')));
  expect([...paths].filter((path) => !path.startsWith('farcopy backup'))).toEqual([]);
  expect(paths).toContain('farcopy backup > rds DescribeDBClusters');
  expect(paths).toContain('farcopy backup > update requestRecoveryPoint');
});

test('a trace holds no key and no external id', () => {
  const all = receiver.requests.map(({ body }) => body.toString('latin1')).join('\n');
  const { AWS_SECRET_ACCESS_KEY: secret = '', FARCOPY_EXTERNAL_ID: externalId = '' } = fleet.environment;
  expect(secret.length).toBeGreaterThan(0);
  expect(all).not.toContain(secret);
  if (externalId !== '') expect(all).not.toContain(externalId);
});
