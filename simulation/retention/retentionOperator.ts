import { cloudsBy } from '../../src/activities/catalogue/fleetClouds';
import { planRetention } from '../../src/activities/retention/planRetention';
import { applyPlan } from '../../src/client/retention/applyPlan';
import { workflowNames } from '../../src/core/messageNames';
import { fleetTaskQueue, pruneWorkflowId, scheduledTimeLabel } from '../../src/core/naming';
import { searchAttributes } from '../../src/core/searchAttributes';
import { kinds } from '../../src/kinds/registry';
import { type World } from '../world';

type Operated = Pick<World, 'workers' | 'clouds' | 'time' | 'prune' | 'service' | 'client'>;

/** What a schedule and a person do about copies that retention lets go. */
export class RetentionOperator {
  constructor(private readonly world: () => Operated) {}

  /** A run of retention, as its schedule starts it: none while one is under way. */
  async pruneOnSchedule(): Promise<void> {
    const { service, time } = this.world();
    const isUnderWay = service.runs.some(({ type, isOpen }) => isOpen && type === workflowNames.pruneFleet);
    if (!isUnderWay) await this.prune(scheduledTimeLabel(time.now));
  }

  async prune(at: string): Promise<void> {
    const { client, workers } = this.world();
    const { name } = workers.fleetOf('fleet');
    await client.workflow.start(workflowNames.pruneFleet, {
      workflowId: `${pruneWorkflowId(name)}-${at}`,
      taskQueue: fleetTaskQueue(name),
      args: [{ version: 1, fleet: name, revision: null }],
      typedSearchAttributes: [{ key: searchAttributes.fleet, value: name }],
    });
  }

  /** As `farcopy prune --plan` and `--apply` do, one after the other. */
  async approve(): Promise<void> {
    const { workers, clouds, time, prune } = this.world();
    const fleet = workers.fleetOf('marker');
    const opened = cloudsBy(fleet, clouds.access, kinds, 'marker');
    const { plan } = await planRetention(fleet, opened, Math.round(time.now));
    prune?.personBegins();
    const seen = {
      fleet: fleet.name,
      id: plan.id,
      revision: plan.revision,
      plannedAt: plan.plannedAt,
      copies: plan.doomed.map(({ copy }) => copy.id),
    };
    await applyPlan(fleet, opened, seen, {
      now: () => Math.round(time.now),
      signal: new AbortController().signal,
      onMarked: () => undefined,
    });
  }
}
