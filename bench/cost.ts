import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { type temporal } from '@temporalio/proto';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { provision } from '../sandbox/provision';
import { changeSettings, plantSeed } from '../sandbox/seed/emulatorControl';
import { defaultRegion, externalId, externalIdVariable, secondRegion } from '../sandbox/seed/sandboxAccounts';
import { type Seed } from '../sandbox/seed/seed';
import { fleetText, sandboxTier } from '../sandbox/seed/fleetText';
import { seedRequest } from '../sandbox/seed/seedRequest';
import { triggerSchedule } from '../sandbox/demo/triggerSchedule';
import { type AwsEmulator, farcopySearchAttributes, startAwsEmulator, startTemporalServer } from '../sandbox/servers';
import { createActivities } from '../src/activities';
import { fleetAccess } from '../src/activities/catalogue/fleetAccess';
import { backupActivities } from '../src/activities/backup/backupActivities';
import { applyFleet } from '../src/client/fleet/applyFleet';
import { AwsKeys } from '../src/clouds/aws/keys';
import { type Fleet, parseFleet, policyOf } from '../src/config';
import { workflowNames } from '../src/core/messageNames';
import { fleetTaskQueue, serviceLimitTaskQueue } from '../src/core/naming';
import { connectKinds, kinds, knownKinds } from '../src/kinds/registry';
import { workflowBundle } from '../src/worker/workflowBundle';
import { table } from './statistics';
import { costOf } from './temporalActions';

/**
 * What one recovery point costs: AWS API calls as the emulator recorded them, history events and Temporal actions as the
 * histories hold them, for the route snapshot → share → vault copy → cross-region copy. Real Temporal server, real AWS SDK,
 * emulated AWS; the time of operations and of polling is compressed alike, so that an hour-long copy is asked for as often as
 * in production. The first round knows nothing of how long anything takes; in the second every lifecycle has learnt it.
 *
 *   npm run bench:cost -- [--clusters 10] [--compression 20]
 *
 * Half of the clusters are in each of two regions of one account: ten are as many as AWS's limits let through at once, and
 * with more of them the waiting is part of the cost.
 */

/** Seconds of production. Their sum is what a recovery point takes that waits for nobody. */
const operationSeconds = { snapshot: 300, 'copy-same-region': 1200, 'copy-cross-region': 3600 } as const;
/** The fleet file's defaults, in seconds of production. */
const polling = { shortest: 20, longest: 600 };
const sessionSeconds = 3600;
/** A timer (2), an activity (3), and a workflow task (3) after each. */
const eventsOfPoll = 11;
const goals = { calls: 25, actions: 40, events: 150 };

const account = '999999999999';
const regions = [defaultRegion, secondRegion(defaultRegion)];
const fleetName = 'cost';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

interface AwsCallRecord {
  readonly seq: number;
  readonly service: string;
  readonly action: string;
}

/** Everything one round of the fleet did, by who did it. */
interface Round {
  readonly calls: ReadonlyMap<string, number>;
  readonly events: ReadonlyMap<string, number>;
  /** `workflow type` → action → how many. */
  readonly actions: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** The server's own count of actions, of which the histories hold all but heartbeats. */
  readonly metered: ReadonlyMap<string, number>;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { clusters: { type: 'string', default: '10' }, compression: { type: 'string', default: '20' } },
  });
  const clusters = Number(values.clusters);
  const compression = Number(values.compression);
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
  });
  const directory = await mkdtemp(join(tmpdir(), 'farcopy-bench-'));
  const servers = await provision(['temporal-cli', 'aws-emulator'], {});
  const temporalLog = join(directory, 'temporal.log');
  const [server, emulator] = await Promise.all([
    startTemporalServer({
      path: servers['temporal-cli'].path,
      searchAttributes: farcopySearchAttributes,
      headless: true,
      logFile: temporalLog,
    }),
    startAwsEmulator({ path: servers['aws-emulator'].path, logFile: join(directory, 'aws.log') }),
  ]);
  try {
    const metricsUrl = /http:\/\/\S+\/metrics/.exec(await readFile(temporalLog, 'utf8'))?.[0];
    const fleet = await prepareClouds(emulator, clusters, compression);
    const rounds = await runRounds(fleet, compression, server.address, emulator, metricsUrl);
    print(rounds, clusters, compression);
  } finally {
    await Promise.all([server.stop(), emulator.stop()]);
    await rm(directory, { recursive: true, force: true });
  }
}

/** Seeds the clusters, sets the pace, and points this process's AWS SDK at the emulator. */
async function prepareClouds(emulator: AwsEmulator, clusters: number, compression: number): Promise<Fleet> {
  const seed: Seed = {
    accounts: [account],
    resources: Array.from({ length: clusters }, (_, i) => ({
      kind: 'aurora-cluster',
      account,
      region: regions[i % regions.length] ?? defaultRegion,
      id: `cluster-${i + 1}`,
      sizeGb: 100,
      engine: 'aurora-postgresql',
      encryption: 'cmk',
      tags: { backup: 'true' },
      status: 'available',
    })),
  };
  await changeSettings(emulator.endpoint, {
    timeScale: 1 / compression,
    durations: Object.fromEntries(Object.entries(operationSeconds).map(([kind, base]) => [kind, { base, perGiB: 0 }])),
    sessionSeconds: sessionSeconds / compression,
  });
  const { credentials } = await plantSeed(emulator.endpoint, seedRequest(seed));
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: emulator.endpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_REGION: defaultRegion,
    [externalIdVariable]: externalId,
  });
  const text = fleetText(fleetName, seed, new Date());
  const compressed = `{shortest: ${Math.max(1, Math.round(polling.shortest / compression))}s, longest: ${Math.round(polling.longest / compression)}s}`;
  return parseFleet(text.replace(/^polling: .*$/m, `polling: ${compressed}`), 'bench', { kinds: knownKinds });
}

/** Two rounds of the fleet, by its schedule: in the first nothing is learnt yet, in the second every duration is. */
async function runRounds(
  fleet: Fleet,
  compression: number,
  address: string,
  emulator: AwsEmulator,
  metricsUrl: string | undefined,
): Promise<Round[]> {
  const connection = await Connection.connect({ address });
  const nativeConnection = await NativeConnection.connect({ address });
  const access = fleetAccess(fleet);
  // What is remembered of keys for ten minutes is remembered for ten compressed ones.
  const keys = new AwsKeys(access, () => Date.now() * compression);
  const activities = {
    ...createActivities(fleet, access, kinds),
    ...backupActivities({
      kinds: connectKinds(kinds, { access, keys }),
      general: {},
      shareInUse: async () => ({ readers: [], silent: [] }),
      lastWhole: async () => null,
      vaults: { verified: async () => [] },
      policyOf: (tier) => policyOf(fleet, tier),
    }),
  };
  const shared = { connection: nativeConnection, workflowBundle: await workflowBundle() };
  const workers = await Promise.all([
    Worker.create({ ...shared, taskQueue: fleetTaskQueue(fleet.name), activities }),
    Worker.create({ ...shared, taskQueue: serviceLimitTaskQueue }),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  try {
    const client = new Client({ connection });
    await applyFleet(client, fleet);
    const rounds: Round[] = [];
    let callsUntil = 0;
    for (const name of ['first', 'second']) {
      const from = Date.now();
      const meteredBefore = await meteredActions(metricsUrl);
      const { workflowId, runId } = await triggerSchedule(client, fleet.name, sandboxTier, AbortSignal.timeout(60_000));
      await client.workflow.getHandle(workflowId, runId).result();
      // The lifecycles and semaphores finish what the last release set off.
      await delay(5000);
      const { calls, next } = await askEmulator<{ calls: AwsCallRecord[]; next: number }>(
        emulator,
        `calls?after=${callsUntil}`,
      );
      callsUntil = next;
      const metered = difference(await meteredActions(metricsUrl), meteredBefore);
      rounds.push({ ...(await historiesSince(client, from)), calls: countCalls(calls), metered });
      console.error(`${name} round: ${Math.round((Date.now() - from) / 1000)} s`);
    }
    return rounds;
  } finally {
    for (const worker of workers) worker.shutdown();
    await running;
    await nativeConnection.close();
    await connection.close();
    access.close();
  }
}

/** Events and actions of every execution there is, as far as they happened since `from`. */
async function historiesSince(client: Client, from: number): Promise<Pick<Round, 'events' | 'actions'>> {
  const events = new Map<string, number>();
  const actions = new Map<string, Map<string, number>>();
  for await (const { workflowId, runId, type } of client.workflow.list()) {
    if (!Object.values<string>(workflowNames).includes(type)) continue;
    const { events: history } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const cost = costOf((history ?? []).filter((event) => millisecondsOf(event) >= from));
    events.set(type, (events.get(type) ?? 0) + cost.events);
    const ofType = actions.get(type) ?? new Map<string, number>();
    actions.set(type, ofType);
    for (const [name, count] of cost.actions) ofType.set(name, (ofType.get(name) ?? 0) + count);
  }
  return { events, actions };
}

function millisecondsOf({ eventTime }: HistoryEvent): number {
  return Number(eventTime?.seconds ?? 0) * 1000 + (eventTime?.nanos ?? 0) / 1e6;
}

/** What calls are for, in the words of the table. */
const purposes: Readonly<Record<string, string>> = {
  'rds:DescribeDBClusters': 'find and describe clusters',
  'rds:DescribeDBInstances': 'find and describe clusters',
  'rds:DescribeDBClusterSnapshots': 'how far copies are, and work of others',
  'rds:CreateDBClusterSnapshot': 'start snapshots and copies',
  'rds:CopyDBClusterSnapshot': 'start snapshots and copies',
  'rds:ModifyDBClusterSnapshotAttribute': 'share and take back',
  'rds:AddTagsToResource': 'record proofs',
  'kms:DescribeKey': 'look up keys',
  'sts:AssumeRole': 'assume roles',
};

function countCalls(calls: readonly AwsCallRecord[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { service, action } of calls) {
    const call = `${service}:${action}`;
    const purpose = purposes[call] ?? call;
    counts.set(purpose, (counts.get(purpose) ?? 0) + 1);
  }
  return counts;
}

async function askEmulator<T>({ endpoint }: AwsEmulator, path: string): Promise<T> {
  const response = await fetch(`${endpoint}/_sandbox/${path}`);
  if (!response.ok) throw new Error(`the AWS emulator answered ${response.status}`);
  return (await response.json()) as T;
}

/** The server's own counter `action` by type, without what the schedule's own workflow does inside the server. */
async function meteredActions(url: string | undefined): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  if (url === undefined) return counts;
  const text = await (await fetch(url)).text();
  for (const line of text.split('\n')) {
    const [, labels = '', value] = /^action\{([^}]*)\} (\S+)$/.exec(line) ?? [];
    const type = /action_type="([^"]*)"/.exec(labels)?.[1];
    if (type === undefined || !labels.includes('namespace="default"')) continue;
    counts.set(type, (counts.get(type) ?? 0) + Number(value));
  }
  return counts;
}

function difference(after: ReadonlyMap<string, number>, before: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...after].map(([name, count]) => [name, count - (before.get(name) ?? 0)]));
}

const sum = (counts: Iterable<number>) => [...counts].reduce((a, b) => a + b, 0);

function print(rounds: readonly Round[], clusters: number, compression: number): void {
  const each = (count: number) => (count / clusters).toFixed(1);
  const { fleetBackup, ...perRecoveryPoint } = workflowNames;
  const heartbeats = (round: Round) =>
    sum([...round.metered].filter(([type]) => type.includes('Heartbeat')).map(([, count]) => count));
  const actionsOf = (round: Round, type: string) => sum(round.actions.get(type)?.values() ?? []);
  const row = (name: string, of: (round: Round) => number, goal: string | number = '') => [
    name,
    ...rounds.map((round) => each(of(round))),
    goal,
  ];
  const names = (of: (round: Round) => Iterable<string>) =>
    [...new Set(rounds.flatMap((round) => [...of(round)]))].sort();
  const types = Object.values(perRecoveryPoint);

  console.log(
    `Per recovery point, of ${clusters} clusters in one account and two regions; snapshot ${operationSeconds.snapshot} s, copy ${operationSeconds['copy-same-region']} s, cross-region copy ${operationSeconds['copy-cross-region']} s, all ${compression} times as fast\n`,
  );
  console.log(
    table([
      ['', 'first round', 'learnt', 'goal'],
      row('AWS API calls', ({ calls }) => sum(calls.values()), goals.calls),
      ...names(({ calls }) => calls.keys()).map((name) => row(`  ${name}`, ({ calls }) => calls.get(name) ?? 0)),
      row('Temporal actions', (round) => sum(types.map((type) => actionsOf(round, type))), goals.actions),
      ...types.flatMap((type) => [
        row(`  ${type}`, (round) => actionsOf(round, type)),
        ...names(({ actions }) => actions.get(type)?.keys() ?? []).map((name) =>
          row(`    ${name}`, ({ actions }) => actions.get(type)?.get(name) ?? 0),
        ),
      ]),
      row('history events', ({ events }) => sum(types.map((type) => events.get(type) ?? 0)), goals.events),
      ...types.map((type) => row(`  ${type}`, ({ events }) => events.get(type) ?? 0)),
      row('beside it, the fleet backup: actions', (round) => actionsOf(round, fleetBackup) + heartbeats(round)),
      row('    heartbeats', heartbeats),
      ...names(({ actions }) => actions.get(fleetBackup)?.keys() ?? []).map((name) =>
        row(`    ${name}`, ({ actions }) => actions.get(fleetBackup)?.get(name) ?? 0),
      ),
      row('beside it, the fleet backup: events', ({ events }) => events.get(fleetBackup) ?? 0),
    ]),
  );
  const polls = sum(Object.values(operationSeconds)) / polling.shortest;
  console.log(
    `\nBaseline, computed: a timer and an activity every ${polling.shortest} s would cost ${polls} AWS calls, ${2 * polls} actions and ${eventsOfPoll * polls} events for the waiting alone.\n`,
  );
  console.log(
    table([
      ['metered by the server', 'first round', 'learnt'],
      ...names(({ metered }) => metered.keys()).map((name) => [
        `  ${name}`,
        ...rounds.map(({ metered }) => each(metered.get(name) ?? 0)),
      ]),
      ['  all', ...rounds.map(({ metered }) => each(sum(metered.values())))],
      [
        '  by our count',
        ...rounds.map((round) =>
          each(sum(Object.values(workflowNames).map((t) => actionsOf(round, t))) + heartbeats(round)),
        ),
      ],
    ]),
  );
}

void main();
