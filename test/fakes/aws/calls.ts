/** The calls of AWS that the fake answers, by what they are for, be it of clusters or of instances. */
export type FakeCall =
  /** Clusters or instances, all of them; or one by its name. */
  | 'discover' | 'describe'
  | 'snapshot' | 'copy' | 'share' | 'unshare' | 'sharedWith' | 'tag' | 'delete'
  /** Snapshots by their names; or all of them. */
  | 'progress' | 'listCopies' | 'quotas'
  | 'describeKey' | 'lendKey' | 'lentKeys' | 'takeBackKey'
  /** Subnet groups, security groups and option groups. */
  | 'surroundings'
  | 'parameterGroups' | 'tagsOf' | 'createParameterGroup' | 'setParameters' | 'removeParameterGroup'
  | 'restore' | 'addInstance' | 'finish' | 'addRole' | 'removeInstance' | 'remove'
  | 'startExport' | 'exports' | 'cancelExport'; // prettier-ignore

export interface FakeFault {
  readonly call: FakeCall;
  /** Only for calls about this: an id, or a part of one; of lists, an engine. */
  readonly about?: string;
  /** What the SDK throws, see awsError.ts. */
  readonly failure: () => Error;
  /** How often; default once. */
  readonly times?: number;
  /** The call does its work first, and fails then: what a lost answer looks like. */
  readonly afterCommit?: boolean;
}

/** Counts the calls, and lets those fail that a test wants to fail. */
export class FakeCalls {
  /** Calls that have arrived, by name: what a recovery point costs. */
  readonly arrived = new Map<FakeCall, number>();
  private faults: (FakeFault & { left: number })[] = [];

  fault(fault: FakeFault): void {
    this.faults.push({ ...fault, left: fault.times ?? 1 });
  }

  /** No call fails any more. */
  heal(): void {
    this.faults = [];
  }

  answer<T>(call: FakeCall, about: string, work: () => T): T {
    this.arrived.set(call, (this.arrived.get(call) ?? 0) + 1);
    this.failIfAsked(call, about, false);
    const result = work();
    this.failIfAsked(call, about, true);
    return result;
  }

  private failIfAsked(call: FakeCall, about: string, committed: boolean): void {
    const fault = this.faults.find(
      (one) =>
        one.call === call &&
        (one.afterCommit ?? false) === committed &&
        (one.about === undefined || about.includes(one.about)),
    );
    if (fault === undefined) return;
    fault.left -= 1;
    if (fault.left <= 0) this.faults = this.faults.filter((one) => one !== fault);
    throw fault.failure();
  }
}
