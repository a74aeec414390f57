import { type Fleet, parseFleet } from '../../src/config';
import { copyTags, noHold } from '../../src/core/catalogue/copy';
import { parseMark } from '../../src/core/retention/mark';
import { workflowNames } from '../../src/core/messageNames';
import { fleetTaskQueue, recoveryPointWorkflowId, restoreWorkflowId } from '../../src/core/naming';
import { searchAttributes } from '../../src/core/searchAttributes';
import { knownKinds } from '../../src/kinds/registry';
import { type FakeSnapshot } from '../../test/fakes/aws/snapshots';
import { resourceIn } from '../../test/support/retention/retentionText';
import { forgedPrefix, isOurs } from '../rules/callRules';
import { isHeld } from '../rules/pruneRules';
import { fleetName, fleetText, type Happening, sourceAccounts } from '../scenario';
import { type World } from '../world';
import { type PruneHappening } from './pruneScenario';
import { RetentionOperator } from './retentionOperator';

export interface HappeningsDependencies {
  /** Lets something happen after so many seconds. */
  readonly later: (seconds: number, work: () => void) => void;
  /** No rule asks of it what it asks of the rest. */
  readonly excuse: (what: string) => void;
}

const soonMilliseconds = 3600_000;

type Of = Extract<Happening, PruneHappening>;

/** Does what befalls fleets that are pruned, to whatever is there then. */
export class RetentionHappenings {
  readonly operator: RetentionOperator;
  private count = 0;

  constructor(
    private readonly world: () => World,
    private readonly on: HappeningsDependencies,
  ) {
    this.operator = new RetentionOperator(world);
  }

  happen(happening: Of): void {
    const { workers, clouds, service, witness } = this.world();
    const { draw } = happening;
    const tell = (work: Promise<unknown>) =>
      void work.catch((error: unknown) => witness.trace(`refused: ${(error as Error).message}`));
    switch (happening.what) {
      case 'hold': {
        const copy = this.oneOf(this.ours, draw);
        if (copy === undefined) return;
        this.hold(copy, `2026-11-21T00:00:00Z by=anna why=ticket ${(this.count += 1)}`);
        this.on.later(happening.seconds, () => this.hold(copy, noHold));
        return;
      }
      case 'retention-worker-lost': {
        const { crew, seconds, skewSeconds } = happening;
        if (workers.processOf(crew) === null) return;
        workers.kill(crew);
        this.on.later(seconds, () => workers.start(skewSeconds * 1000, crew));
        return;
      }
      case 'fleet-file-changed': {
        const { scenario, time } = this.world();
        const rules = scenario.prune?.[happening.to];
        if (rules === undefined) return;
        const fleet = parseFleet(fleetText(scenario, rules), 'fleet.yaml', { kinds: knownKinds, now: time.now });
        (['fleet', 'marker', 'pruner'] as const).forEach((crew, i) =>
          this.on.later(i * happening.lagSeconds, () => this.restart(crew, fleet)),
        );
        return;
      }
      case 'copied-tags': {
        const genuine = this.oneOf(this.ours, draw);
        if (genuine === undefined) return;
        const { kind, account, region, resourceId, keyArn, sizeGiB } = genuine;
        this.count += 1;
        const work = { type: 'copy', kind, account, region, sizeGiB, id: `${forgedPrefix}tags-${this.count}` } as const;
        const { snapshots } = clouds.cloud.state;
        const made = { keyArn, resourceId, sourceArn: null, tags: { ...genuine.tags } };
        snapshots.begin(work, made).endsAt = clouds.cloud.now();
        return;
      }
      case 'cloud-clock':
        clouds.clockSkew = happening.skewSeconds * 1000;
        this.on.later(happening.seconds, () => (clouds.clockSkew = 0));
        return;
      case 'approval':
        tell(this.operator.approve());
        return;
      case 'prune-cancelled': {
        const run = service.runs.find(({ type, isOpen }) => isOpen && type === workflowNames.pruneFleet);
        if (run !== undefined) service.cancel(run, 'a person');
        return;
      }
      case 'prune-asked':
        tell(this.operator.prune(`asked-${(this.count += 1)}`));
        return;
      case 'old-restore': {
        const copy = this.oneOf(
          this.ours.filter(({ tags, kind }) => tags[copyTags.place] !== 'source' && kind !== 'multi-az-cluster'),
          draw,
        );
        if (copy !== undefined) tell(this.restore(copy));
        return;
      }
      case 'newest-deleted': {
        // One that a recovery point under way has made is told of.
        const isUnderWay = ({ tags }: FakeSnapshot) =>
          service.latest(recoveryPointWorkflowId(tags[copyTags.recoveryPoint] ?? ''))?.isOpen === true;
        const copies = this.ours.filter((one) => one.tags[copyTags.place] !== 'source' && !isUnderWay(one));
        const one = copies[Math.floor(draw * copies.length)];
        const its = copies.filter(({ tags, account, region }) =>
          one === undefined
            ? false
            : tags[copyTags.resource] === one.tags[copyTags.resource] &&
              account === one.account &&
              region === one.region,
        );
        const newest = its.sort((a, b) => b.startedAt - a.startedAt)[0];
        if (newest !== undefined) clouds.cloud.state.snapshots.remove(newest);
        return;
      }
      case 'tier-changed': {
        const { scenario } = this.world();
        const all = this.world().clouds.cloud.state.databases.resources;
        const resource = all.values()[Math.floor(draw * all.values().length)];
        const tier = scenario.tiers[Math.floor(((draw * 7) % 1) * scenario.tiers.length)];
        if (resource === undefined || tier === undefined) return;
        all.in(resource.kind, resource).set(resource.id, { ...resource, tags: { ...resource.tags, tier: tier.name } });
        return;
      }
      case 'made-again': {
        const all = clouds.cloud.state.databases.resources.values();
        const resource = all[Math.floor(draw * all.length)];
        if (resource === undefined) return;
        clouds.cloud.removeResource(resource);
        this.on.excuse(resource.arn);
        const { kind, account, region, id, sizeGiB, tags } = resource;
        this.count += 1;
        const resourceId = `another-${this.count}`;
        this.on.later(happening.seconds, () =>
          clouds.cloud.addResource({ kind, account, region, id, sizeGiB: sizeGiB ?? 1, tags, resourceId }),
        );
        return;
      }
    }
  }

  private restart(crew: 'fleet' | 'marker' | 'pruner', fleet: Fleet): void {
    const { workers, service } = this.world();
    workers.kill(crew);
    if (crew === 'fleet') void service.forget();
    workers.start(0, crew, fleet);
  }

  private async restore(copy: FakeSnapshot): Promise<void> {
    const { client } = this.world();
    const resource = resourceIn(copy);
    if (resource === null) return;
    const { kind, account, region, id } = resource;
    const target = { kind, account: sourceAccounts.find((one) => one !== account) ?? account, region };
    this.count += 1;
    const as = `${id}-old-${this.count}`;
    await client.workflow.start(workflowNames.restoreRecoveryPoint, {
      workflowId: restoreWorkflowId({ ...target, id: as }),
      taskQueue: fleetTaskQueue(fleetName),
      args: [
        {
          resource: copy.tags[copyTags.resource],
          point: copy.tags[copyTags.recoveryPoint],
          to: `${target.account}/${region}`,
          as,
        },
      ],
      typedSearchAttributes: [{ key: searchAttributes.fleet, value: fleetName }],
    });
  }

  /** On every copy of the recovery point, as `farcopy hold` sets it. */
  private hold({ tags }: FakeSnapshot, hold: string): void {
    const point = tags[copyTags.recoveryPoint] ?? '';
    for (const copy of this.ours) if (copy.tags[copyTags.recoveryPoint] === point) copy.tags[copyTags.hold] = hold;
    this.world().prune?.heldAt(
      point,
      this.ours.some((one) => one.tags[copyTags.recoveryPoint] === point && isHeld(one)),
    );
  }

  private get ours(): FakeSnapshot[] {
    return this.world()
      .clouds.cloud.state.snapshots.byPlace.values()
      .filter((one) => isOurs(one) && !one.id.startsWith(forgedPrefix));
  }

  /** One that is about to go, where there is any; or else a marked one. */
  private oneOf(copies: readonly FakeSnapshot[], draw: number): FakeSnapshot | undefined {
    const soon = this.world().time.now + soonMilliseconds;
    const markOf = ({ tags }: FakeSnapshot) => parseMark(tags[copyTags.deleteAfter]);
    const marked = copies.filter((one) => markOf(one) !== null);
    const due = marked.filter((one) => Date.parse(markOf(one)?.notBefore ?? '') < soon);
    const [all = copies] = draw < 0.9 ? [due, marked].filter((some) => some.length > 0) : [];
    return all[Math.floor(((draw * 10) % 1) * all.length)];
  }
}
