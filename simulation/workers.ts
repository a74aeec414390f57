import { createActivities } from '../src/activities';
import { cloudsBy } from '../src/activities/catalogue/fleetClouds';
import { retentionActivities } from '../src/activities/retention/retentionActivities';
import { type AwsAccess } from '../src/clouds/aws/awsAccess';
import { type Fleet } from '../src/config';
import { type RetentionRole } from '../src/core/catalogue/copy';
import { markTaskQueue, pruneTaskQueue } from '../src/core/naming';
import { type Kind } from '../src/kinds/kind';
import { type ActivityFunctions, type ActivityHost, type Serving } from './temporal/activityService';
import { type WorkerProcess } from './temporal/pendingActivity';

export interface WorkersDependencies {
  readonly fleet: Fleet;
  readonly access: AwsAccess;
  readonly kinds: readonly Kind[];
  readonly client: () => object;
  /** What a planted bug does to the activities. */
  readonly change: (activities: ActivityFunctions) => ActivityFunctions;
}

/** Who serves which queues: the fleet's own process those of backups, and one process for each role of retention. */
export type Crew = 'fleet' | RetentionRole;

/** The processes that there are at a time, one of each crew, and what waits while there is none. */
export class Workers implements ActivityHost {
  private started = 0;
  private readonly crews: Readonly<Record<Crew, { fleet: Fleet; serving: Serving | null; waiting: (() => void)[] }>>;

  constructor(private readonly on: WorkersDependencies) {
    const { fleet } = on;
    const none = () => ({ fleet, serving: null, waiting: [] });
    this.crews = { fleet: none(), marker: none(), pruner: none() };
  }

  /** The fleet's own process; null while there is none. */
  get process(): WorkerProcess | null {
    return this.processOf('fleet');
  }

  processOf(crew: Crew): WorkerProcess | null {
    return this.crews[crew].serving?.process ?? null;
  }

  /** The fleet file by which a crew works. */
  fleetOf(crew: Crew): Fleet {
    return this.crews[crew].fleet;
  }

  /** A process remembers nothing of the one before it. */
  start(skewMilliseconds: number, crew: Crew = 'fleet', fleet = this.fleetOf(crew)): void {
    this.started += 1;
    const its = this.crews[crew];
    its.fleet = fleet;
    its.serving = {
      process: { number: this.started, skew: skewMilliseconds, isLost: false },
      activities: this.on.change(this.activitiesOf(crew, fleet)),
    };
    for (const work of its.waiting.splice(0)) work();
  }

  /** What runs in it is cut off in the middle. */
  kill(crew: Crew = 'fleet'): void {
    const its = this.crews[crew];
    if (its.serving !== null) its.serving.process.isLost = true;
    its.serving = null;
  }

  serving(taskQueue: string): Serving | null {
    return this.crewOf(taskQueue).serving;
  }

  clientOf(): unknown {
    return this.on.client();
  }

  whenUp(taskQueue: string, work: () => void): void {
    // Workers of other fleets are not simulated: their workflows stand still.
    if (taskQueue === 'farcopy-another') return;
    const { serving, waiting } = this.crewOf(taskQueue);
    if (serving === null) waiting.push(work);
    else work();
  }

  private crewOf(taskQueue: string) {
    const { name } = this.on.fleet;
    if (taskQueue === markTaskQueue(name)) return this.crews.marker;
    return taskQueue === pruneTaskQueue(name) ? this.crews.pruner : this.crews.fleet;
  }

  private activitiesOf(crew: Crew, fleet: Fleet): ActivityFunctions {
    const { access, kinds } = this.on;
    const activities =
      crew === 'fleet'
        ? createActivities(fleet, access, kinds)
        : retentionActivities(fleet, crew, () => cloudsBy(fleet, access, kinds, crew));
    return activities as unknown as ActivityFunctions;
  }
}
