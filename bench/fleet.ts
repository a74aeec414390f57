import { readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import { type Client, type WorkflowExecutionInfo } from '@temporalio/client';
import { secondRegion, vaultAccount } from '../sandbox/seed/sandboxAccounts';
import { type FleetBackupSummary } from '../src/core/backup/fleetRound';
import { inParallel } from '../src/core/inParallel';
import { workflowNames } from '../src/core/messageNames';
import { CloudSandbox } from '../test/support/cloudSandbox';
import { clusters } from '../test/support/database';
import { fleetDocument } from '../test/support/fleetDocument';
import { RunningFleet } from '../test/support/runningFleet';
import { processUse } from './processUse';
import { table } from './statistics';
import { costOf } from './temporalActions';

/**
 * How the cost of a whole fleet grows with it: real Temporal server, emulated AWS, two worker processes, limits so wide that they
 * hardly bind. Operations take one and two seconds, or what `--operation-seconds` says: with one of AWS's minutes, most of a fleet is
 * in flight at once. Each fleet has a sandbox of its own and two rounds by its schedule; in each, `status` is asked for everything
 * when half of the fleet is in flight, or once the number in flight has fallen for ten looks.
 *
 *   npm run bench:fleet -- [--clusters 50,200,800] [--operation-seconds 60] [--json]
 */

const accounts = Array.from({ length: 10 }, (_, i) => String(900_000_000_000 + i));
const limits = ['cluster-snapshots-in-progress', 'cluster-snapshot-cross-region-copies'] as const;
const historiesAtOnce = 8;
/** After so many looks in succession that see fewer in flight than the most before, no more are to come. */
const samplesThatFall = 10;

/** What one round took. */
interface Round {
  readonly completed: number;
  readonly seconds: number;
  readonly pointsAMinute: number;
  /** `status --limit 0` while so many were in flight. */
  readonly statusSeconds: number;
  readonly inFlightAtStatus: number;
  readonly workflowTaskTimeouts: number;
  readonly awsCallsAPoint: number;
  readonly actionsAPoint: number;
  readonly eventsAPoint: number;
  readonly largestSemaphoreEvents: number;
  readonly workerCpuSeconds: number;
  readonly temporalCpuSeconds: number;
  readonly emulatorCpuSeconds: number;
  /** Of the larger of the two, at its peak. */
  readonly workerPeakMiB: number;
}

interface Measured {
  readonly clusters: number;
  readonly planSeconds: number;
  readonly checkSeconds: number;
  readonly applySeconds: number;
  readonly idleStatusSeconds: number;
  readonly rounds: readonly Round[];
}

async function measure(count: number, operationSeconds: number | undefined): Promise<Measured> {
  const databases = accounts.flatMap((account, i) => {
    const share = Math.floor(count / accounts.length) + (i < count % accounts.length ? 1 : 0);
    return clusters('bench', account, `c${i}`, share);
  });
  const sandbox = await CloudSandbox.start({
    databases,
    ...(operationSeconds === undefined ? {} : { seconds: secondsOfEach(operationSeconds) }),
    settings: { limits: Object.fromEntries([...limits, 'manual-cluster-snapshots'].map((name) => [name, null])) },
  });
  try {
    const document = fleetDocument('bench', accounts, {
      limits: limits.map((limit) => ({ limit, capacity: 10_000 })),
      ...(operationSeconds === undefined ? {} : { polling: pollingOf(operationSeconds) }),
    });
    const fleet = await RunningFleet.start(sandbox, document, { workers: 2 });
    const planSeconds = await secondsOf(fleet, 'plan');
    const checkSeconds = await secondsOf(fleet, 'check');
    const applySeconds = await secondsOf(fleet, 'apply');
    const rounds = [await round(sandbox, fleet, count), await round(sandbox, fleet, count)];
    const idleStatusSeconds = await secondsOf(fleet, 'status', '--limit', '0');
    await proveCopies(sandbox, count, rounds.length);
    return { clusters: count, planSeconds, checkSeconds, applySeconds, idleStatusSeconds, rounds };
  } finally {
    await sandbox.end();
  }
}

function secondsOfEach(operation: number) {
  return { snapshot: operation, copy: operation, crossRegionCopy: 2 * operation };
}

/** In the proportion of the defaults, 20 seconds and ten minutes, to operations of ten minutes. */
function pollingOf(operation: number) {
  return { shortest: `${Math.max(1, Math.round(operation / 30))}s`, longest: `${operation}s` };
}

async function secondsOf(fleet: RunningFleet, ...words: string[]): Promise<number> {
  const from = Date.now();
  const { code, stderr } = await fleet.farcopy(...words);
  if (code !== 0) throw new Error(`farcopy ${words.join(' ')} ended with ${code}: ${stderr}`);
  return (Date.now() - from) / 1000;
}

async function round(sandbox: CloudSandbox, fleet: RunningFleet, clusterCount: number): Promise<Round> {
  const { client } = fleet;
  const calls = (await sandbox.control.calls()).length;
  const before = cpuSeconds();
  const from = Date.now();
  const scheduled = await fleet.round();
  let ended: FleetBackupSummary | undefined;
  void scheduled.result.then((summary) => {
    ended = summary;
  });
  let most = 0;
  let falling = 0;
  while (ended === undefined && falling < samplesThatFall) {
    const open = await inFlight(client);
    if (open >= clusterCount / 2) break;
    falling = open < most ? falling + 1 : 0;
    most = Math.max(most, open);
    await delay(500);
  }
  const inFlightAtStatus = await inFlight(client);
  const statusSeconds = await secondsOf(fleet, 'status', '--limit', '0');
  const { completed } = await scheduled.result;
  const seconds = (Date.now() - from) / 1000;
  const after = cpuSeconds();
  const histories = await historiesSince(client, from);
  return {
    completed,
    seconds,
    pointsAMinute: (60 * completed) / seconds,
    statusSeconds,
    inFlightAtStatus,
    workflowTaskTimeouts: histories.timeouts,
    awsCallsAPoint: ((await sandbox.control.calls()).length - calls) / clusterCount,
    actionsAPoint: histories.actions / clusterCount,
    eventsAPoint: histories.events / clusterCount,
    largestSemaphoreEvents: histories.largestSemaphore,
    workerCpuSeconds: after.worker - before.worker,
    temporalCpuSeconds: after.temporal - before.temporal,
    emulatorCpuSeconds: after.emulator - before.emulator,
    workerPeakMiB: after.workerPeakMiB,
  };
}

async function inFlight(client: Client): Promise<number> {
  const query = `WorkflowType = '${workflowNames.createRecoveryPoint}' AND ExecutionStatus = 'Running'`;
  return (await client.workflow.count(query)).count;
}

/** What stands in the histories of everything since then, but for what a round's own workflow did. */
async function historiesSince(client: Client, from: number) {
  const totals = { events: 0, actions: 0, timeouts: 0, largestSemaphore: 0 };
  const ours: WorkflowExecutionInfo[] = [];
  for await (const execution of client.workflow.list())
    if (Object.values<string>(workflowNames).includes(execution.type)) ours.push(execution);
  await inParallel(ours, historiesAtOnce, async ({ workflowId, runId, type, closeTime }) => {
    if (closeTime !== undefined && closeTime.getTime() < from) return;
    const { events = [] } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const since = (events ?? []).filter(({ eventTime }) => Number(eventTime?.seconds ?? 0) * 1000 >= from - 1000);
    totals.timeouts += since.filter((event) => event.workflowTaskTimedOutEventAttributes).length;
    if (type === workflowNames.serviceLimit)
      totals.largestSemaphore = Math.max(totals.largestSemaphore, events?.length ?? 0);
    if (type === workflowNames.fleetBackup) return;
    const cost = costOf(since);
    totals.events += cost.events;
    totals.actions += [...cost.actions.values()].reduce((a, b) => a + b, 0);
  });
  return totals;
}

/** Asks AWS: as many copies in both places of the vault as the rounds have made. */
async function proveCopies(sandbox: CloudSandbox, count: number, rounds: number): Promise<void> {
  const calls = await sandbox.control.calls();
  const copied = (region: string) =>
    calls.filter(
      ({ account, region: where, action, status }) =>
        account === vaultAccount && where === region && action === 'CopyDBClusterSnapshot' && status === 200,
    ).length;
  for (const region of ['eu-west-1', secondRegion('eu-west-1')])
    if (copied(region) !== count * rounds)
      throw new Error(`${copied(region)} copies were made in ${region}, not ${count * rounds}`);
}

/** Of the processes that this one has started, by what they are. */
function cpuSeconds() {
  const used = { worker: 0, temporal: 0, emulator: 0, workerPeakMiB: 0 };
  for (const { pid, command } of descendants(process.pid)) {
    const role = roleOf(command);
    const use = role === null ? null : processUse(pid);
    if (role === null || use === null) continue;
    used[role] += use.cpuSeconds;
    if (role === 'worker') used.workerPeakMiB = Math.max(used.workerPeakMiB, use.peakMiB);
  }
  return used;
}

function roleOf(command: string): 'worker' | 'temporal' | 'emulator' | null {
  if (/farcopy\.js worker/.test(command)) return 'worker';
  if (/temporal\S* server/.test(command)) return 'temporal';
  return /python\S* .*farcopy_aws_emulator/.test(command) ? 'emulator' : null;
}

function descendants(ancestor: number): { pid: number; command: string }[] {
  const parents = new Map<number, { parent: number; command: string }>();
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one)))
    try {
      const parent = Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${name}/stat`, 'utf8'))?.[1]);
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
      parents.set(Number(name), { parent, command });
    } catch {
      // It has just ended.
    }
  const isOurs = (pid: number): boolean => {
    const parent = parents.get(pid)?.parent ?? 0;
    return parent === ancestor || (parent > 1 && isOurs(parent));
  };
  return [...parents].filter(([pid]) => isOurs(pid)).map(([pid, { command }]) => ({ pid, command }));
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      clusters: { type: 'string', default: '50,200,800' },
      'operation-seconds': { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const operationSeconds = values['operation-seconds'] === undefined ? undefined : Number(values['operation-seconds']);
  const measured: Measured[] = [];
  for (const count of values.clusters.split(',').map(Number)) {
    measured.push(await measure(count, operationSeconds));
    console.error(JSON.stringify(measured.at(-1)));
  }
  if (values.json) return console.log(JSON.stringify(measured));
  const row = (name: string, of: (one: Measured) => number | undefined) => [
    name,
    ...measured.map((one) => Number((of(one) ?? NaN).toFixed(1))),
  ];
  const roundRows = [0, 1].flatMap((i) => {
    const names = Object.keys(measured[0]?.rounds[i] ?? {}) as (keyof Round)[];
    return names.map((name) =>
      row(`${i === 0 ? 'first' : 'second'} round: ${name}`, ({ rounds }) => rounds[i]?.[name]),
    );
  });
  console.log(
    table([
      ['clusters', ...measured.map(({ clusters: count }) => count)],
      row('plan, s', (one) => one.planSeconds),
      row('check, s', (one) => one.checkSeconds),
      row('apply, s', (one) => one.applySeconds),
      row('status, idle, s', (one) => one.idleStatusSeconds),
      ...roundRows,
    ]),
  );
}

void main();
