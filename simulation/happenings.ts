import { requestRecoveryPoint } from '../src/activities/backup/requestRecoveryPoint';
import { type Client } from '@temporalio/client';
import { type LifecycleSignal, signalLifecycles } from '../src/client/backup/signalLifecycles';
import { policyOf, selectTier } from '../src/config';
import { messageNames, workflowNames } from '../src/core/messageNames';
import { type ProtectResourceInput } from '../src/core/backup/lifecycle';
import { type CreateRecoveryPointInput } from '../src/core/backup/recoveryPointPlan';
import { copyTags } from '../src/core/catalogue/copy';
import { fleetTaskQueue, recoveryPointId, restoreWorkflowId, scheduledTimeLabel } from '../src/core/naming';
import { searchAttributes } from '../src/core/searchAttributes';
import { type Resource } from '../src/core/resource';
import { knownKinds } from '../src/kinds/registry';
import { fakeKeyArn } from '../test/fakes/aws/keys';
import { type FakeSnapshot } from '../test/fakes/aws/snapshots';
import { RetentionHappenings } from './retention/retentionHappenings';
import { forgedPrefix, isOurs } from './rules/callRules';
import { isWhole } from './rules/mendingRule';
import { inputOf } from './rules/runRules';
import { fleetName, type Happening, keyAlias, regions, sourceAccounts, vaults } from './scenario';
import { payloadsOf } from './temporal/payloads';
import { type Run } from './temporal/run';
import { type World } from './world';

type Of<What> = Extract<Happening, { readonly what: What }>;

/** Does what happenings say, to whatever is there then. */
export class Happenings {
  /** What people have ended or taken away: no rule asks of it what it asks of the rest. Workflow ids, and ARNs. */
  readonly excused = new Set<string>();
  private strangers = 0;
  private toCome = 0;
  private haveEnded = false;
  private restores = 0;

  /** Of copies that are pruned. */
  readonly retention: RetentionHappenings;

  constructor(private readonly world: () => World) {
    this.retention = new RetentionHappenings(world, {
      later: (seconds, work) => this.later(seconds, work),
      excuse: (what) => this.excuse(what),
    });
  }

  /** From now on nothing befalls what was not there when it was meant to happen. */
  end(): void {
    this.haveEnded = true;
    this.world().clouds.failsNextExport = false;
  }

  /** Nobody is about to do more of what has begun. */
  get areOver(): boolean {
    return this.toCome === 0;
  }

  plan(happening: Happening): void {
    const { time } = this.world();
    time.after(happening.at * 1000, () => {
      this.world().witness.trace(`happens: ${happening.what}`);
      this.happen(happening);
    });
  }

  private happen(happening: Happening): void {
    const { service, workers, client, clouds, witness } = this.world();
    const { draw } = happening;
    const later = (seconds: number, work: () => void) => this.later(seconds, work);
    const tell = (work: Promise<unknown>) =>
      void work.catch((error: unknown) => witness.trace(`refused: ${(error as Error).message}`));
    switch (happening.what) {
      case 'worker-lost':
        if (workers.process === null) return;
        workers.kill();
        void service.forget();
        later(happening.seconds, () => workers.start(happening.skewSeconds * 1000));
        return;
      case 'workers-forget':
        void service.forget();
        return;
      case 'pause': {
        const run = this.open(workflowNames.protectResource, draw);
        if (run === undefined) return;
        const { resource } = inputOf<ProtectResourceInput>(run);
        const say = (signal: LifecycleSignal) =>
          tell(signalLifecycles(client as unknown as Client, [resource], signal));
        say('pause');
        later(happening.seconds, () => say('resume'));
        return;
      }
      case 'force': {
        const resource = pick(this.resources, draw);
        if (resource !== undefined) tell(this.ask(resource, true));
        return;
      }
      case 'lifecycle-cancelled':
      case 'lifecycle-terminated': {
        const run = this.open(workflowNames.protectResource, draw);
        if (run === undefined) return;
        const resource = this.resources.find(({ arn }) => run.workflowId.startsWith('protect/') && isOf(run, arn));
        this.excuse(run.workflowId);
        for (const child of service.runs)
          if (
            child.isOpen &&
            child.options.parent?.run.workflowId === run.workflowId &&
            happening.what === 'lifecycle-cancelled'
          )
            this.excuse(child.workflowId);
        if (happening.what === 'lifecycle-cancelled') service.cancel(run, 'a person');
        else service.terminate(run, 'a person');
        if (resource !== undefined) later(happening.seconds, () => tell(this.ask(resource, false)));
        return;
      }
      case 'recovery-point-cancelled': {
        const run = this.open(workflowNames.createRecoveryPoint, draw);
        if (run === undefined) return;
        this.excuse(run.workflowId);
        service.cancel(run, 'a person');
        return;
      }
      case 'recovery-point-terminated': {
        const run = this.open(workflowNames.createRecoveryPoint, draw);
        if (run === undefined) return;
        this.excuse(run.workflowId);
        this.excuse(`leftovers of ${run.workflowId}`);
        service.terminate(run, 'a person');
        return;
      }
      case 'round-cancelled': {
        const run = this.open(workflowNames.fleetBackup, draw);
        if (run !== undefined) service.cancel(run, 'a person');
        return;
      }
      case 'stranger-works':
        return this.strangersWork(happening);
      case 'quota': {
        const run = this.open(workflowNames.serviceLimit, draw);
        if (run === undefined) return;
        const [, account = '', region = '', limit = ''] = run.workflowId.split('/');
        const ref = { account, region, limit };
        clouds.setQuota(ref, happening.capacity);
        later(happening.seconds, () => clouds.setQuota(ref, null));
        return;
      }
      case 'capacity-override': {
        const run = this.open(workflowNames.serviceLimit, draw);
        if (run === undefined) return;
        const handle = client.workflow.getHandle(run.workflowId);
        tell(handle.executeUpdate(messageNames.overrideCapacity, { args: [happening.capacity] }));
        const takeBack = (tries: number) =>
          void handle.executeUpdate(messageNames.overrideCapacity, { args: [null] }).catch(() => {
            if (tries > 0) later(60, () => takeBack(tries - 1));
          });
        later(happening.seconds, () => takeBack(50));
        return;
      }
      case 'key-disabled': {
        const vault = pick(Object.values(vaults), draw) ?? vaults.secure;
        const region = typeof vault.region === 'string' ? vault.region : regions[0];
        const key = `${fakeKeyArn({ account: vault.account, region }, keyAlias)} ${vault.account}`;
        clouds.cloud.state.forbidden.add(key);
        later(happening.seconds, () => clouds.cloud.state.forbidden.delete(key));
        return;
      }
      case 'resource-busy': {
        const resource = pick(this.resources, draw);
        if (resource === undefined) return;
        this.setStatus(resource, 'modifying');
        later(happening.seconds, () => this.setStatus(resource, 'available'));
        return;
      }
      case 'resource-deleted': {
        const resource = pick(this.resources, draw);
        if (resource === undefined) return;
        this.excuse(resource.arn);
        clouds.cloud.removeResource(resource);
        return;
      }
      case 'restore': {
        const resource = pick(this.restorable, draw);
        if (resource === undefined) return;
        tell(this.restore(resource));
        if (happening.again) later(happening.seconds, () => tell(this.restore(resource)));
        return;
      }
      case 'forgery':
        return this.forge(draw);
      case 'transfer-cancelled':
        // Transfers are short, and rare: the next one is meant.
        service.onNext(workflowNames.transferExport, (run) => {
          if (!this.haveEnded) later(5 * draw, () => service.cancel(run, 'a person'));
        });
        return;
      case 'export-fails': {
        const running = clouds.exports.filter((one) => clouds.cloud.state.exports.statusOf(one) === 'IN_PROGRESS');
        const task = pick(running, draw);
        // Exports are rare: where none runs, the next one is meant.
        if (task === undefined) clouds.failsNextExport = true;
        else task.ended = 'FAILED';
        return;
      }
      case 'asked-again': {
        const failed = service.runs.filter(
          (run) =>
            run.type === workflowNames.createRecoveryPoint &&
            !run.isOpen &&
            !isWhole(run) &&
            service.latest(run.workflowId) === run,
        );
        const run = pick(failed, draw);
        if (run === undefined) return;
        const { identity, policy } = inputOf<CreateRecoveryPointInput>(run);
        const { resource, scheduledTime } = identity;
        tell(requestRecoveryPoint(client as unknown as Client, resource, { scheduledTime, policy, force: true }));
        return;
      }
      case 'crowd':
        return this.crowd(happening);
      case 'nonsense':
        service.signal(this.open(workflowNames.serviceLimit, draw), messageNames.requestPermit, payloadsOf([null]));
        return;
      case 'operation-fails': {
        const snapshot = pick(this.copies('in-progress'), draw);
        if (snapshot !== undefined) snapshot.failed = true;
        return;
      }
      case 'copy-deleted': {
        const snapshot = pick(this.copies('in-progress'), draw);
        if (snapshot !== undefined) clouds.cloud.state.snapshots.remove(snapshot);
        return;
      }
      default:
        this.retention.happen(happening);
    }
  }

  private later(seconds: number, work: () => void): void {
    this.toCome += 1;
    this.world().time.after(seconds * 1000, () => {
      this.toCome -= 1;
      work();
    });
  }

  private excuse(what: string): void {
    this.excused.add(what);
  }

  private async ask(resource: Resource, force: boolean): Promise<void> {
    const { client, fleet, time } = this.world();
    const choice = selectTier(fleet, resource);
    if (!('tier' in choice)) return;
    await requestRecoveryPoint(client as unknown as Client, resource, {
      scheduledTime: scheduledTimeLabel(time.now),
      policy: policyOf(fleet, choice.tier),
      force,
    });
  }

  /** As `farcopy restore` does, into the other source account. */
  private async restore({ kind, account, region, id, arn }: Resource): Promise<void> {
    const { client } = this.world();
    const target = { kind, account: sourceAccounts.find((one) => one !== account) ?? account, region };
    this.restores += 1;
    const as = `${id}-back-${this.restores}`;
    await client.workflow.start(workflowNames.restoreRecoveryPoint, {
      workflowId: restoreWorkflowId({ ...target, id: as }),
      taskQueue: fleetTaskQueue(fleetName),
      args: [{ resource: arn, from: 'secure', to: `${target.account}/${region}`, as }],
      typedSearchAttributes: [{ key: searchAttributes.fleet, value: fleetName }],
    });
  }

  private forge(draw: number): void {
    const { clouds, time } = this.world();
    const { snapshots } = clouds.cloud.state;
    const resource = pick(this.restorable, draw);
    const genuine = snapshots.byPlace
      .values()
      .find(
        ({ tags }) =>
          tags[copyTags.verified] !== undefined &&
          tags[copyTags.place] === 'secure' &&
          tags[copyTags.resource] === resource?.arn,
      );
    if (genuine === undefined || resource === undefined) return;
    this.strangers += 1;
    const { kind, account, region } = resource;
    const scheduledTime = scheduledTimeLabel(time.now);
    const dataTime = new Date(time.now).toISOString();
    const tags = {
      ...genuine.tags,
      [copyTags.scheduledTime]: scheduledTime,
      [copyTags.recoveryPoint]: recoveryPointId(resource, scheduledTime),
      [copyTags.dataTime]: dataTime,
    };
    const work = { type: 'copy', kind, account, region, id: `${forgedPrefix}${this.strangers}`, sizeGiB: 1 } as const;
    const keyArn = fakeKeyArn(resource, keyAlias);
    snapshots.begin(work, { keyArn, sourceArn: null, resourceId: resource.id, tags }).endsAt = time.now;
  }

  private crowd({ draw, waiters }: Of<'crowd'>): void {
    const { service, time } = this.world();
    const run = this.open(workflowNames.serviceLimit, draw);
    if (run === undefined) return;
    const holder = service.start({
      workflowId: 'recovery-point/of/another/fleet',
      type: workflowNames.createRecoveryPoint,
      taskQueue: 'farcopy-another',
      args: [],
    });
    if (holder === null) return;
    const [, account = ''] = run.workflowId.split('/');
    const request = (i: number) => ({
      requestId: `${holder.workflowId}/${String(i).padStart(40, '0')}#snapshot#${holder.runId}#1`,
      holderWorkflowId: holder.workflowId,
      holderRunId: holder.runId,
      resource: { kind: 'aurora-cluster', account: sourceAccounts[0], region: regions[0], id: `their-cluster-${i}` },
      operationId: `farcopy-their-cluster-${i}-20261121t020000z-0123456789012`,
      taskQueue: fleetTaskQueue(fleetName),
      access: sourceAccounts.some((one) => one === account) ? 'source' : 'vault',
      priority: 5,
      remainingSeconds: 3600,
      capacity: 1,
      observeSeconds: 20,
      since: time.now,
    });
    const tell = (signal: string, value: unknown) => () =>
      service.signal(service.latest(run.workflowId), signal, payloadsOf([value]));
    for (let i = 0; i < waiters; i += 1) {
      time.after(i * 40, () => tell(messageNames.requestPermit, request(i))());
      // Whether it has its permit or waits: it gives up.
      time.after(2 * 3600_000 + i * 40, tell(messageNames.releasePermit, request(i).requestId));
    }
  }

  private strangersWork({ draw, seconds, snapshots: count }: Of<'stranger-works'>): void {
    const { clouds, time } = this.world();
    const { snapshots } = clouds.cloud.state;
    const account = pick(sourceAccounts, draw) ?? sourceAccounts[0];
    const kind = pick(knownKinds.names, (draw * 7) % 1) ?? 'aurora-cluster';
    for (let i = 0; i < count; i += 1) {
      this.strangers += 1;
      const work = {
        type: 'snapshot',
        kind,
        account,
        region: regions[0],
        id: `stranger-${this.strangers}`,
        sizeGiB: 1,
      } as const;
      try {
        snapshots.begin(work, { keyArn: null, sourceArn: null, resourceId: 'theirs', tags: {} }).endsAt =
          time.now + seconds * 1000;
      } catch {
        // There is no room for it.
      }
    }
  }

  private setStatus({ kind, account, region, id }: Resource, status: string): void {
    const all = this.world().clouds.cloud.resourcesIn(kind, { account, region });
    const resource = all.get(id);
    if (resource !== undefined) all.set(id, { ...resource, status });
  }

  private open(type: string, draw: number): Run | undefined {
    return pick(
      this.world().service.runs.filter((run) => run.isOpen && run.type === type),
      draw,
    );
  }

  private get resources(): Resource[] {
    return this.world().clouds.cloud.state.databases.resources.values();
  }

  /** AWS copies no snapshots of Multi-AZ clusters. */
  private get restorable(): Resource[] {
    return this.resources.filter(({ kind }) => kind !== 'multi-az-cluster');
  }

  private copies(status: string): FakeSnapshot[] {
    const { snapshots } = this.world().clouds.cloud.state;
    return snapshots.byPlace.values().filter((one) => isOurs(one) && snapshots.statusOf(one) === status);
  }
}

const isOf = ({ workflowId }: Run, arn: string) => {
  const [, , , region = '', account = '', , id = ''] = arn.split(':');
  return workflowId.endsWith(`/${account}/${region}/${id}`);
};

function pick<T>(all: readonly T[], draw: number): T | undefined {
  return all[Math.floor(draw * all.length)];
}
