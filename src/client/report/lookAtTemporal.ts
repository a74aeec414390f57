import { type Client } from '@temporalio/client';
import { type FleetClouds } from '../../activities/catalogue/fleetClouds';
import { openState } from '../../activities/ledger/stateBucket';
import { type Fleet } from '../../config';
import { inParallel } from '../../core/inParallel';
import { type DrillEntry } from '../../core/ledger/entry';
import { fleetTaskQueue } from '../../core/naming';
import {
  type LookedDrill,
  type LookedHistory,
  type LookedTemporal,
  partsOfTemporal,
  type UnderWay,
  type Unreadable,
} from '../../core/report/look';
import { resourcePath } from '../../core/resource';
import { glanceLifecycles } from '../backup/listLifecycles';
import { stepWords } from '../backup/stepWords';
import { takeSnapshot } from '../backup/takeSnapshot';
import { type DrillStatus, latestDrills } from '../drill/latestDrills';
import { fleetCompliance } from '../ledger/fleetCompliance';
import { LedgerReader } from '../ledger/readLedger';
import { temporalHistory } from '../ledger/temporalHistory';
import { runningRecoveryPoints } from '../runningRecoveryPoints';
import { pollingWorkers } from '../pollingWorkers';
import { listSchedules } from '../schedule/listSchedules';
import { unreadableAt } from './unreadable';

const width = 16;
/** Recovery points that are asked how far they are; of others their state is known. */
const mostAsked = 200;
const mostDrills = 200;
const dayMilliseconds = 86_400_000;
const complianceDays = 30;
const drillDays = 400;

/**
 * What Temporal and the ledger know of a fleet. What cannot be read is told beside the rest.
 *
 * @throws where Temporal lists no lifecycles: nothing else would be worth telling
 */
export async function lookAtTemporal(
  fleet: Fleet,
  clouds: Pick<FleetClouds, 'access'>,
  client: Client,
  now: number,
  signal: AbortSignal,
): Promise<{ readonly temporal: LookedTemporal; readonly unreadable: readonly Unreadable[] }> {
  const lifecycles = [];
  for await (const lifecycle of glanceLifecycles(client, fleet.name)) lifecycles.push(lifecycle);
  const unreadable: Unreadable[] = [];
  const orTell = async <T>(where: string, look: Promise<T>, instead: T): Promise<T> => {
    try {
      return await look;
    } catch (error) {
      signal.throwIfAborted();
      unreadable.push(unreadableAt(where, error));
      return instead;
    }
  };
  const unknown: Past = {
    ...{ history: { source: 'temporal', reachesBackTo: null, compliance: null }, drills: [] },
    ...{ drillsSince: null, unreadable: [] },
  };
  const [schedules, underWay, remembered, past] = await Promise.all([
    orTell(partsOfTemporal.schedules, listSchedules(client, fleet, now), []),
    orTell(partsOfTemporal.underWay, workUnderWay(client, fleet.name), []),
    orTell(partsOfTemporal.drills, latestDrills(client, fleet.name, mostDrills), null),
    orTell(partsOfTemporal.history, pastOf(fleet, clouds, client, now, signal), unknown),
  ]);
  const told = new Set((remembered ?? []).map(({ runId }) => runId));
  const drills = [...(remembered ?? []).map(drillOf), ...past.drills.filter(({ runId }) => !told.has(runId))];
  const { source, reachesBackTo } = past.history;
  const remembers = source === 'ledger' ? past.drillsSince : reachesBackTo;
  return {
    temporal: {
      ...{ lifecycles, underWay, history: past.history },
      schedules: schedules.map(({ scheduleId, tier, drill, exists, pause, next }) => ({
        ...{ scheduleId, tier, drill, exists, pause, next },
      })),
      drills: drills.map(({ runId: _, ...drill }) => drill),
      drillsSince:
        remembered === null ? null : source === 'ledger' ? remembers : wholeSince(remembers, remembered, mostDrills),
    },
    unreadable: [...unreadable, ...past.unreadable],
  };
}

/**
 * From when on a list of drills has all there were: where it was cut, from its oldest.
 *
 * @param reach how far back whoever has listed them can see; null: nobody knows
 */
export function wholeSince(
  reach: string | null,
  drills: readonly { readonly startedAt: string }[],
  most: number,
): string | null {
  if (reach === null || drills.length < most) return reach;
  return drills.reduce((oldest, { startedAt }) => (startedAt < oldest ? startedAt : oldest), '9999');
}

type DrillOfRun = LookedDrill & { readonly runId: string };

export function drillOf(drill: DrillStatus): DrillOfRun {
  const { runId, kind, account, region, resource: id, failures, isTakenBack } = drill;
  const verdict = isTakenBack && drill.verdict === 'not-performed' ? 'cancelled' : drill.verdict;
  const { tier, drill: name, startedAt, endedAt, from, rtoSeconds } = drill;
  return {
    ...{ runId, tier, drill: name, verdict, startedAt, endedAt, from, rtoSeconds },
    resource: kind === '' || id === '' ? null : { kind, account, region, id },
    reason: failures[0] ?? null,
  };
}

interface Past {
  readonly history: LookedHistory;
  readonly drills: readonly DrillOfRun[];
  readonly drillsSince: string | null;
  readonly unreadable: readonly Unreadable[];
}

/** How far back it can be seen: in the ledger, if the fleet has one; else as far as Temporal remembers. */
async function pastOf(
  fleet: Fleet,
  { access }: Pick<FleetClouds, 'access'>,
  client: Client,
  now: number,
  signal: AbortSignal,
): Promise<Past> {
  const window = { from: now - complianceDays * dayMilliseconds, to: now };
  const state = openState(fleet, access);
  if (state === null) {
    const { reachesBackTo } = await temporalHistory(client, fleet.name, { ...window, named: [], types: [], limit: 0 });
    const history: LookedHistory = { source: 'temporal', reachesBackTo, compliance: null };
    return { history, drills: [], drillsSince: null, unreadable: [] };
  }
  try {
    const reader = new LedgerReader(state, fleet.name, signal);
    const { resources, reachesBackTo } = await fleetCompliance(reader, fleet, window, []);
    const { entries } = await reader.read({
      ...{ from: now - drillDays * dayMilliseconds, to: now, named: [], types: ['drill'] },
      limit: mostDrills,
    });
    const since = [reachesBackTo, new Date(now - drillDays * dayMilliseconds).toISOString()];
    const drills = entries.flatMap((entry) => (entry.type === 'drill' ? [drillOfEntry(entry)] : []));
    return {
      drillsSince: wholeSince(reachesBackTo === null ? null : (since.sort().at(-1) ?? null), drills, mostDrills),
      history: {
        ...{ source: 'ledger', reachesBackTo },
        compliance: resources.map((one) => ({ path: resourcePath(one), share: one.share, gaps: one.gaps.length })),
      },
      drills,
      unreadable: reader.problems.slice(0, 1).map(({ key, message }) => unreadableAt(key, new Error(message))),
    };
  } catch (error) {
    signal.throwIfAborted();
    const history: LookedHistory = { source: 'ledger', reachesBackTo: null, compliance: null };
    return { history, drills: [], drillsSince: null, unreadable: [unreadableAt('the ledger', error)] };
  }
}

/** The ledger has when it ended, and how long it measured: it began before that. */
function drillOfEntry(entry: DrillEntry): DrillOfRun {
  const { resource, tier, drill, outcome: verdict, at, from, rtoSeconds, reason, workflow } = entry;
  const startedAt = new Date(Date.parse(at) - (rtoSeconds ?? 0) * 1000).toISOString();
  return {
    ...{ runId: workflow.runId, resource, tier: tier ?? '', drill },
    ...{ verdict, startedAt, endedAt: at, from, rtoSeconds, reason },
  };
}

/** Recovery points that are being made now. */
async function workUnderWay(client: Client, fleet: string): Promise<UnderWay[]> {
  const running: UnderWay[] = [];
  for await (const { resource, scheduledTime, state, waitsFor } of runningRecoveryPoints(client, fleet))
    running.push({
      ...{ resource, scheduledTime, state: state.toLowerCase(), percent: null, expectedEnd: null },
      steps: waitsFor === null || waitsFor === '' ? [] : [waitsFor],
      // The reason of one that is paused is somebody's own.
      waitsFor: state === 'Waiting' && waitsFor !== null ? waitsFor.split(', ') : [],
    });
  // A query without a worker waits, and learns nothing.
  if (running.length === 0 || (await pollingWorkers(client, fleetTaskQueue(fleet))) === 0) return running;
  const asked = await inParallel(running.slice(0, mostAsked), width, async (one): Promise<UnderWay> => {
    const { state, percent, expectedEnd = null, steps } = await takeSnapshot(client, one.resource, one.scheduledTime);
    const busy = steps.filter((step) => ['waiting', 'starting', 'running'].includes(step.state));
    return {
      ...{ ...one, state, percent, expectedEnd },
      steps: busy.map((step) => `${step.step}: ${stepWords(step, (time) => time)}`),
      waitsFor: busy.flatMap(({ waitingFor }) => waitingFor ?? []),
    };
  });
  return [...asked, ...running.slice(mostAsked)];
}
