import { type ActivityObserver } from '../activities/observed';

/** A line of the log names no more. */
const mostNamed = 10;

/** The activities that this process works on now. */
export class UnderWay {
  private readonly activities = new Map<symbol, string>();

  readonly observe: ActivityObserver = ({ activity, workflowId }) => {
    const one = Symbol(activity);
    this.activities.set(one, `${activity} of ${workflowId}`);
    return () => this.activities.delete(one);
  };

  get count(): number {
    return this.activities.size;
  }

  /** `transferShard of transfer/…`, the oldest first; behind ten of them, how many more. */
  get words(): readonly string[] {
    const all = [...this.activities.values()];
    return all.length > mostNamed ? [...all.slice(0, mostNamed), `${all.length - mostNamed} more`] : all;
  }
}
