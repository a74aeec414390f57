import { createActivities } from '../src/activities';
import { type AwsAccess } from '../src/clouds/aws/awsAccess';
import { type Fleet } from '../src/config';
import { type Kind } from '../src/kinds/kind';
import { type ActivityFunctions, type ActivityHost } from './temporal/activityService';
import { type WorkerProcess } from './temporal/pendingActivity';

export interface WorkersDependencies {
  readonly fleet: Fleet;
  readonly access: AwsAccess;
  readonly kinds: readonly Kind[];
  readonly client: () => object;
  /** What a planted bug does to the activities. */
  readonly change: (activities: ActivityFunctions) => ActivityFunctions;
}

/** The one worker process that there is at a time, and what waits while there is none. */
export class Workers implements ActivityHost {
  process: WorkerProcess | null = null;
  activities: ActivityFunctions = {};
  private started = 0;
  private waiting: (() => void)[] = [];

  constructor(private readonly on: WorkersDependencies) {}

  /** A process remembers nothing of the one before it. */
  start(skewMilliseconds: number): void {
    this.started += 1;
    const { fleet, access, kinds, change } = this.on;
    this.activities = change(createActivities(fleet, access, kinds) as unknown as ActivityFunctions);
    this.process = { number: this.started, skew: skewMilliseconds, isLost: false };
    for (const work of this.waiting.splice(0)) work();
  }

  /** What runs in it is cut off in the middle. */
  kill(): void {
    if (this.process !== null) this.process.isLost = true;
    this.process = null;
  }

  clientOf(): unknown {
    return this.on.client();
  }

  whenUp(taskQueue: string, work: () => void): void {
    // Workers of other fleets are not simulated: their workflows stand still.
    if (taskQueue === 'farcopy-another') return;
    if (this.process === null) this.waiting.push(work);
    else work();
  }
}
