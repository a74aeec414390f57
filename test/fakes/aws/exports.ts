import { type Place } from './places';

export interface FakeExport {
  readonly id: string;
  readonly sourceArn: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly keyArn: string;
  readonly startedAt: number;
  endsAt: number;
  /** As someone, or AWS, has ended it; null while the clock tells. */
  ended: 'FAILED' | 'CANCELED' | null;
}

/** Export tasks that take time. They write nothing: a test puts into the bucket what it wants to be found there. */
export class FakeExports {
  private readonly tasks = new Map<string, Map<string, FakeExport>>();

  constructor(
    private readonly now: () => number,
    private readonly milliseconds: () => number,
  ) {}

  in({ account, region }: Place): Map<string, FakeExport> {
    const key = `${account} ${region}`;
    let found = this.tasks.get(key);
    if (found === undefined) this.tasks.set(key, (found = new Map<string, FakeExport>()));
    return found;
  }

  begin(task: Pick<FakeExport, 'id' | 'sourceArn' | 'bucket' | 'prefix' | 'keyArn'>, place: Place): FakeExport {
    const startedAt = this.now();
    const begun = { ...task, startedAt, endsAt: startedAt + this.milliseconds(), ended: null };
    this.in(place).set(task.id, begun);
    return begun;
  }

  statusOf({ ended, endsAt }: FakeExport): 'IN_PROGRESS' | 'COMPLETE' | 'FAILED' | 'CANCELED' {
    return ended ?? (this.now() >= endsAt ? 'COMPLETE' : 'IN_PROGRESS');
  }

  percentOf({ startedAt, endsAt }: FakeExport): number {
    return this.now() >= endsAt ? 100 : Math.floor((100 * (this.now() - startedAt)) / (endsAt - startedAt));
  }
}
