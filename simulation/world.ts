import { createHash } from 'node:crypto';
import { type FakeSnapshot } from '../test/fakes/aws/snapshots';
import { type Fleet, parseFleet } from '../src/config';
import { kinds, knownKinds } from '../src/kinds/registry';
import { type CallWatch, SimulatedClouds } from './clouds/simulatedClouds';
import { Happenings } from './happenings';
import { type Plant } from './plant';
import { Random } from './random';
import { layHistory } from './retention/history';
import { recordedOnce } from './retention/recordedPoints';
import { textOfWorld } from './retention/textOfWorld';
import { CallRules, forgedPrefix, isOurs } from './rules/callRules';
import { endRules } from './rules/endRules';
import { pruneEnds } from './rules/pruneEnd';
import { PruneRules } from './rules/pruneRules';
import { runRules } from './rules/runRules';
import { fireRound } from './rounds';
import { fleetText, type Scenario } from './scenario';
import { attemptHere } from './temporal/activityService';
import { SimulatedClient } from './temporal/client';
import { TemporalService, type Witness } from './temporal/service';
import { type WorkflowVms } from './temporal/workflowVm';
import { liveIn, VirtualTime } from './virtualTime';
import { Workers } from './workers';

/** A broken rule. */
export interface Violation {
  readonly seed: number;
  readonly rule: string;
  readonly message: string;
  /** Seconds from the beginning. */
  readonly at: number;
}

export interface Outcome {
  readonly violations: readonly Violation[];
  readonly activations: number;
  readonly calls: number;
  /** Calls to the clouds that something befell. */
  readonly faults: number;
  readonly virtualHours: number;
  /** Of everything that happened. */
  readonly digest: string;
}

/** What rules look at. */
export interface World {
  readonly scenario: Scenario;
  readonly fleet: Fleet;
  readonly begunAt: number;
  readonly time: VirtualTime;
  readonly service: TemporalService;
  readonly client: SimulatedClient;
  readonly clouds: SimulatedClouds;
  readonly workers: Workers;
  readonly happenings: Happenings;
  /** Null where nothing is pruned. */
  readonly prune: PruneRules | null;
  readonly witness: Witness;
}

const beginning = Date.UTC(2026, 10, 21);
const hour = 3600_000;
/** By then everything that was asked for has ended, whatever befell it: no outage of a scenario lasts so long. */
const boundHours = 6 * 24;
/** After the RPO has been missed by everyone; and longer than a look of a semaphore that nobody is in a hurry about. */
const quietHoursBeyondRpo = 5;

/** Runs a scenario to its end, and tells which rules were broken. */
export async function simulate(
  scenario: Scenario,
  {
    vms,
    plant,
    print = () => undefined,
    watch: also = null,
    atRest = () => Promise.resolve(),
  }: {
    readonly vms: WorkflowVms;
    readonly plant: Plant | null;
    readonly print?: (line: string) => void;
    /** Looks at every call, as the rules do. */
    readonly watch?: ((world: Pick<World, 'clouds' | 'client'>) => CallWatch) | null;
    /** Called when all that was asked for has ended, before anything comes of its being long ago. */
    readonly atRest?: (world: World) => Promise<void>;
  },
): Promise<Outcome> {
  const random = new Random(`simulation ${scenario.seed}`);
  const time = new VirtualTime(beginning);
  const hash = createHash('sha256');
  const violations: Violation[] = [];
  const at = () => (time.now - beginning) / 1000;
  const witness: Witness = {
    trace(line) {
      const stamped = `${at().toFixed(3)} ${line}`;
      hash.update(stamped).update('\n');
      print(stamped);
    },
    violation(rule, message) {
      if (violations.some((one) => one.rule === rule && one.message === message)) return;
      violations.push({ seed: scenario.seed, rule, message, at: Math.round(at()) });
      witness.trace(`VIOLATION ${rule}: ${message}`);
    },
  };
  const restore = liveIn(time, random.fork('activity code'), () => attemptHere.getStore()?.process.skew ?? 0);
  const unplant = plant?.apply?.() ?? (() => undefined);
  try {
    const rules = new CallRules(witness);
    const clouds: SimulatedClouds = new SimulatedClouds(scenario, time, random, witness, {
      before(call) {
        rules.before(call);
        prune?.before(call);
      },
      after(call) {
        rules.after(call);
        prune?.after(call);
        watching?.after(call);
      },
    });
    rules.cloud = clouds.cloud;
    for (const resource of scenario.resources) clouds.cloud.addResource(resource);
    const fleet = parseFleet(fleetText(scenario), 'fleet.yaml', { kinds: knownKinds, now: time.now });
    const workers: Workers = new Workers({
      fleet,
      kinds,
      access: clouds.access,
      client: () => client,
      change: (activities) => rules.watching(plant?.activities?.(activities) ?? activities),
    });
    const service: TemporalService = new TemporalService({ time, random, vms, witness, host: workers });
    rules.leaves = service.leaves;
    const client = new SimulatedClient(service, time, random.fork('client'));
    const watching = also?.({ clouds, client });
    const happenings: Happenings = new Happenings(() => world);
    const prune: PruneRules | null =
      scenario.prune === null ? null : pruneRules({ witness, time, clouds, workers, rules });
    const world: World = {
      scenario, fleet, begunAt: beginning, time, service, client, clouds, workers, happenings, prune, witness,
    }; // prettier-ignore
    workers.start(0);
    if (prune !== null && scenario.prune !== null) {
      const resources = clouds.cloud.state.databases.resources.values();
      layHistory(clouds.cloud, fleet, resources, scenario.prune.daysBefore);
      workers.start(0, 'marker');
      workers.start(0, 'pruner');
      service.onClosed((run) => prune.closed(run));
      for (const at of scenario.prune.runs)
        time.after(at * 1000, () => void happenings.retention.operator.pruneOnSchedule());
    }
    for (const round of scenario.rounds)
      time.after(round.at * 1000, () => fireRound(service, fleet, round.tier, beginning + round.at * 1000));
    for (const happening of scenario.happenings) happenings.plan(happening);
    const watch = runRules(world);

    const times = [...scenario.rounds, ...scenario.happenings].map((one) => one.at);
    const last = Math.max(0, ...times, ...(scenario.prune?.runs ?? []));
    const isBroken = () => violations.length > 0;
    await time.runUntil(beginning + last * 1000 + 1, isBroken);
    const untilQuiet = async (bound: number) => {
      do await time.runUntil(time.now + hour, isBroken);
      while (time.now < bound && !isBroken() && !watch.isQuiet());
    };
    await untilQuiet(beginning + last * 1000 + boundHours * hour);
    await atRest(world);
    const rpoHours = Math.max(...scenario.tiers.map((tier) => tier.rpoHours));
    await time.runUntil(time.now + (rpoHours + quietHoursBeyondRpo) * hour, isBroken);
    // What comes of a broken rule says nothing more.
    if (!isBroken()) await endRules(world, () => untilQuiet(time.now + boundHours * hour));
    if (!isBroken()) await pruneEnds(world, () => untilQuiet(time.now + boundHours * hour));
    await service.dispose();
    const { activations } = service;
    const { calls, faults } = clouds;
    return { violations, activations, calls, faults, virtualHours: at() / 3600, digest: hash.digest('hex') };
  } finally {
    unplant();
    restore();
  }
}

/** The rules of pruning for a world. */
export function pruneRules({
  witness,
  time,
  clouds,
  workers,
  rules,
}: Pick<World, 'witness' | 'time' | 'clouds' | 'workers'> & { readonly rules: CallRules }): PruneRules {
  const { cloud } = clouds;
  return new PruneRules({
    witness,
    now: () => time.now,
    snapshots: () => cloud.state.snapshots.byPlace.values(),
    isOurs: isGenuine,
    isRunning: (snapshot) => cloud.state.snapshots.statusOf(snapshot) === 'in-progress',
    fleetOf: (role) => workers.fleetOf(role),
    text: (fleet, of) =>
      textOfWorld({
        cloud,
        fleet,
        of,
        now: time.now,
        isOurs: isGenuine,
        recordedIn: recordedOnce(clouds),
      }),
    named: (call) => rules.named(call),
  });
}

/** Whether Farcopy has made a copy, as nobody but a simulation knows. */
export const isGenuine = (snapshot: FakeSnapshot) => isOurs(snapshot) && !snapshot.id.startsWith(forgedPrefix);
