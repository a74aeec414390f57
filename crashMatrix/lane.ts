import { setTimeout as delay } from 'node:timers/promises';
import {
  backupBucket,
  defaultRegion,
  exportBucket,
  lenderRole,
  restoreRole,
  scratchAccount,
  secondRegion,
  vaultAccount,
} from '../sandbox/seed/sandboxAccounts';
import { listServiceLimits } from '../src/client/limits/serviceLimits';
import { serviceLimitWorkflowId } from '../src/core/naming';
import { timesBegun } from '../test/support/beginnings';
import { CloudSandbox } from '../test/support/cloudSandbox';
import { otherCloud } from '../test/support/drilledFleet';
import { fleetDocument, tier } from '../test/support/fleetDocument';
import { RunningFleet } from '../test/support/runningFleet';
import { type Build } from '../test/support/workerProcess';
import { CloudEyes, type CloudState } from './cloudState';
import { GcsProxy } from './gcsProxy';
import { eventsOf, untilEvents } from './history';
import { differences, normalJson, normalText, type Run } from './normal';
import {
  account,
  type Begun,
  fleetName,
  origin,
  otherCloudTier,
  otherCloudVault,
  type ScenarioName,
  scenarios,
  shop,
} from './scenarios';

/** What goes wrong in one run. */
export type Blow =
  | { readonly type: 'none' }
  /** All workers, or the server, as soon as the workflow that is named has so many events. */
  | { readonly type: 'kill'; readonly what: 'workers' | 'server'; readonly workflow: number; readonly events: number }
  /** The answer to this call, counted from 0, is a 5xx; or the workers are killed while it is on its way. */
  | {
      readonly type: 'lost answer' | 'kill in call';
      readonly cloud: 'aws' | 'gcs';
      readonly call: number;
    };

export interface Ran {
  /** What the run has left behind in the clouds and in Temporal, in lines in which nothing is of this run. */
  readonly left: readonly string[];
  /** What was struck; null: the run was over before. */
  readonly struck: string | null;
  readonly events: readonly (readonly string[])[];
  readonly calls: { readonly aws: number; readonly gcs: number };
}

const quick = { base: 0.3, perGiB: 0 };
/** In seconds: the worker is killed, and the fault is taken away. */
const longerThanAnything = 600;
/** What is on its way when everything has ended: permits that are given back. */
const settlesWithinSeconds = 15;
const beginnings = /^((Create|Copy|Restore)DB|StartExportTask)/;

/** A Temporal server, clouds and a worker of their own: one run after the other. */
export class Lane {
  /** What was there before the next run. */
  private known: CloudState = new Map();
  private readonly references = new Map<ScenarioName, Ran>();

  private constructor(
    private readonly sandbox: CloudSandbox,
    private readonly fleet: RunningFleet,
    private readonly proxy: GcsProxy,
    private readonly build: Build,
    private readonly eyes: CloudEyes,
  ) {}

  /** @param program of the workers */
  static async start(
    program: string,
    { temporalOnDisk, withData }: { readonly temporalOnDisk: boolean; readonly withData: boolean },
  ): Promise<Lane> {
    const durations = Object.fromEntries(
      ['snapshot', 'copy-same-region', 'copy-cross-region', 'export', 'restore', 'create-instance'].map((name) => [
        name,
        quick,
      ]),
    );
    const sandbox = await CloudSandbox.start({
      databases: [origin, ...(withData ? [shop] : [])],
      bucketsOf: fleetName,
      temporalOnDisk,
      settings: { durations },
    });
    try {
      const proxy = await GcsProxy.start(sandbox.gcsEndpoint);
      sandbox.endsWith(() => proxy.close());
      const build = { program, variables: { STORAGE_EMULATOR_HOST: proxy.endpoint } };
      const document = fleetDocument(fleetName, [account]);
      const ordinary = document.tiers[tier];
      const fleet = await RunningFleet.start(
        sandbox,
        {
          ...document,
          roles: {
            ...document.roles,
            restore: `arn:aws:iam::{account}:role/${restoreRole}`,
            lender: `arn:aws:iam::{account}:role/${lenderRole}`,
          },
          vaults: { ...document.vaults, [otherCloudVault]: otherCloud(fleetName) },
          tiers: {
            ...document.tiers,
            ...(ordinary && { [otherCloudTier]: { ...ordinary, route: ['secure', otherCloudVault] } }),
          },
          restore: { targets: [{ account: scratchAccount }] },
        },
        { build },
      );
      const regions = [defaultRegion, secondRegion(defaultRegion)];
      const eyes = new CloudEyes(
        {
          awsEndpoint: sandbox.awsEndpoint,
          gcsEndpoint: sandbox.gcsEndpoint,
          scopes: [account, vaultAccount, scratchAccount].flatMap((of) =>
            regions.map((region) => ({ account: of, region })),
          ),
          s3Buckets: regions.map((region) => ({
            account: vaultAccount,
            region,
            name: exportBucket(fleetName, region),
          })),
          gcsBucket: backupBucket(fleetName),
        },
        sandbox.credentials,
      );
      sandbox.endsWith(() => eyes.close());
      const { state, reason } = await fleet.backUp(origin);
      if (state !== 'completed') throw new Error(`what is to be restored cannot be made: ${reason}`);
      return new Lane(sandbox, fleet, proxy, build, eyes);
    } catch (error) {
      await sandbox.end();
      throw error;
    }
  }

  end(): Promise<void> {
    return this.sandbox.end();
  }

  /**
   * A run of which nothing is struck: the second one, since the first one of a lane also brings semaphores and sessions to life.
   *
   * @throws Error when the two leave different things behind: then nothing can be compared.
   */
  async undisturbed(name: ScenarioName): Promise<Ran> {
    const known = this.references.get(name);
    if (known !== undefined) return known;
    const warm = await this.run(name, { type: 'none' });
    const reference = await this.run(name, { type: 'none' }, warm.left);
    const how = differences(warm.left, reference.left);
    if (how.length > 0) throw new Error(`two undisturbed runs of ${name} differ:\n${how.join('\n')}`);
    this.references.set(name, reference);
    return reference;
  }

  /** @param reference what is left behind where nothing goes wrong, if that is known: waits a while for the same */
  async run(name: ScenarioName, blow: Blow, reference?: readonly string[]): Promise<Ran> {
    const { sandbox, fleet, proxy } = this;
    if (this.known.size === 0) this.known = await this.eyes.look();
    await sandbox.control.forget();
    const isStruck = await this.prepare(blow);
    const begun = await scenarios[name]({ fleet, awsEndpoint: sandbox.awsEndpoint });
    const killed = blow.type === 'kill' ? await this.kill(begun, blow) : null;
    if (blow.type === 'kill in call') await this.killOnce(isStruck, begun);
    const ended = await begun.ended.catch((error: unknown) => ({ neverEnded: String(error) }));
    const calls = await sandbox.control.calls();
    await sandbox.control.heal();
    const lost = calls.find(({ fault }) => fault !== null);
    const ran = {
      struck: killed ?? (lost ? `${lost.action} ${lost.account}/${lost.region}` : proxy.lost),
      events: await Promise.all(begun.workflows.map((id) => eventsOf(fleet.client, id))),
      calls: { aws: calls.length, gcs: proxy.calls.length },
    };
    const fixed = [`ended ${JSON.stringify(normalJson(ended, begun.run))}`, ...twins(calls, begun.run)];
    return { ...ran, left: await this.settled(begun.run, fixed, reference) };
  }

  /** Has the clouds do to one call what the blow says. @returns whether they have */
  private async prepare(blow: Blow): Promise<() => Promise<boolean>> {
    const { sandbox, proxy } = this;
    proxy.begin(null);
    if (blow.type === 'none' || blow.type === 'kill') return () => Promise.resolve(false);
    const { type, cloud, call } = blow;
    if (cloud === 'gcs') {
      proxy.begin({ call, answer: type === 'lost answer' ? 503 : null });
      return () => Promise.resolve(proxy.lost !== null);
    }
    const fault =
      type === 'lost answer'
        ? { type: 'error-after-commit' }
        : { type: 'timeout-after-commit', seconds: longerThanAnything };
    const id = await sandbox.control.inject({ fault, skip: call, times: 1 });
    return () => sandbox.control.isSpent(id);
  }

  private async killOnce(isStruck: () => Promise<boolean>, begun: Begun): Promise<void> {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    begun.ended.then(over, over);
    while (!(await isStruck())) {
      if (isOver) return;
      await delay(20);
    }
    await this.killAndStart();
  }

  /** All workers; what kept an answer to them lets go. */
  private async killAndStart(): Promise<void> {
    await this.fleet.killWorkers();
    await this.sandbox.control.heal();
    await this.fleet.startWorkers(1, undefined, this.build);
  }

  private async kill(
    begun: Begun,
    { what, workflow, events }: Extract<Blow, { type: 'kill' }>,
  ): Promise<string | null> {
    const { fleet, sandbox } = this;
    const id = begun.workflows[workflow] ?? '';
    const over = new AbortController();
    const isOver = () => over.abort();
    begun.ended.then(isOver, isOver);
    if (!(await untilEvents(fleet.client, id, events, over.signal))) return null;
    if (what === 'server') await sandbox.crashTemporal();
    else await this.killAndStart();
    return `${what} killed`;
  }

  private async settled(run: Run, fixed: readonly string[], reference?: readonly string[]): Promise<string[]> {
    for (const latest = Date.now() + 1000 * settlesWithinSeconds; ; await delay(1000)) {
      const now = await this.eyes.look();
      // Nobody answers while no worker runs.
      const permits = await this.permits(run).catch((error: unknown) => [`permits: ${String(error)}`]);
      const left = [...fixed, ...difference(this.known, now, run), ...permits].sort();
      const same = reference === undefined || differences(reference, left).length === 0;
      if (!same && Date.now() < latest) continue;
      this.known = now;
      return left;
    }
  }

  /** Permits that nobody has given back. */
  private async permits(run: Run): Promise<string[]> {
    const found: string[] = [];
    for (const { holders, waiters, ...ref } of await listServiceLimits(this.fleet.client)) {
      const workflowId = serviceLimitWorkflowId(ref);
      for (const { resource } of holders) found.push(`permit held: ${workflowId} by ${normalText(resource.id, run)}`);
      for (const { resource } of waiters)
        found.push(`permit awaited: ${workflowId} by ${normalText(resource.id, run)}`);
    }
    return found;
  }
}

/** What AWS has begun more than once. */
function twins(calls: Awaited<ReturnType<CloudSandbox['control']['calls']>>, run: Run): string[] {
  const count = timesBegun(calls, beginnings, (resource) => normalText(resource, run));
  return [...count].flatMap(([what, times]) => (times > 1 ? [`begun ${times} times: ${what}`] : []));
}

/** What has come, gone and changed, in lines. */
function difference(before: CloudState, now: CloudState, run: Run): string[] {
  const line = (how: string, what: string, facts: unknown) =>
    `${how} ${normalText(what, run)} ${JSON.stringify(normalJson(facts, run, (facts as { sums?: string }).sums === 'kept'))}`;
  return [
    ...[...now].flatMap(([what, facts]) => {
      if (!before.has(what)) return [line('there is', what.replace(/^grant .*/, 'grant'), facts)];
      return JSON.stringify(before.get(what)) === JSON.stringify(facts) ? [] : [line('changed', what, facts)];
    }),
    ...[...before].flatMap(([what, facts]) => (now.has(what) ? [] : [line('gone', what, facts)])),
  ];
}
