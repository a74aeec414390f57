import { type CopyRef, type CopyStatus } from '../../../src/core/catalogue/copy';
import { type LimitRef } from '../../../src/core/limits/limit';
import { type ResourceKind } from '../../../src/core/resource';
import { knownKinds } from '../../../src/kinds/registry';
import { awsError } from './awsError';
import { likenessOf, wordsOf } from './forms';
import { ByPlace, type Place } from './places';

/** A snapshot or copy that is being started, for those who decide how long it takes. */
export interface FakeWork extends Place {
  readonly type: 'snapshot' | 'copy' | 'cross-region-copy';
  readonly kind: ResourceKind;
  readonly id: string;
  readonly sizeGiB: number;
}

/** A snapshot of the fake cloud. */
export interface FakeSnapshot extends CopyRef {
  readonly startedAt: number;
  endsAt: number;
  failed: boolean;
  readonly sizeGiB: number;
  readonly keyArn: string | null;
  readonly sourceArn: string | null;
  readonly resourceId: string;
  readonly tags: Record<string, string>;
  readonly sharedWith: Set<string>;
  /** Copies that are made from it. */
  readonly readers: FakeSnapshot[];
}

export interface FakeSnapshotRules {
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly milliseconds: (work: FakeWork) => number;
  readonly capacity: (ref: LimitRef) => number;
  readonly stock: (place: Place) => number;
}

/** Snapshots that take time, under service limits. Everything is derived from the clock when looked at. */
export class FakeSnapshots {
  readonly byPlace = new ByPlace<FakeSnapshot>();
  /** How often a start met a full service limit. */
  limitErrors = 0;
  private readonly busySlots = new Map<string, FakeSnapshot[]>();
  private readonly highWaters = new Map<string, number>();

  constructor(private readonly rules: FakeSnapshotRules) {}

  /** How many of one kind may lie in a place. */
  stockOf(place: Place): number {
    return this.rules.stock(place);
  }

  /** The most operations that were ever in flight together under the limit. */
  highWater(ref: LimitRef): number {
    return this.highWaters.get(limitKey(ref)) ?? 0;
  }

  statusOf({ failed, endsAt }: FakeSnapshot): CopyStatus {
    if (failed) return 'failed';
    return this.rules.now() >= endsAt ? 'available' : 'in-progress';
  }

  percentOf(snapshot: FakeSnapshot): number {
    const { startedAt, endsAt } = snapshot;
    if (this.statusOf(snapshot) === 'available') return 100;
    return Math.min(99, Math.max(0, Math.floor((100 * (this.rules.now() - startedAt)) / (endsAt - startedAt))));
  }

  /** As AWS does: what there is too much of is told before what is busy. */
  begin(work: FakeWork, rest: Pick<FakeSnapshot, 'keyArn' | 'sourceArn' | 'resourceId' | 'tags'>): FakeSnapshot {
    const { kind, account, region, id, sizeGiB } = work;
    const there = this.byPlace.in(kind, work);
    const stock = this.rules.stock(work);
    if (there.size >= stock)
      throw awsError('SnapshotQuotaExceeded', `Cannot create more than ${stock} manual snapshots`);
    const limit = limitOf(work);
    const ref = limit === null ? null : { account, region, limit };
    const running = ref === null ? [] : this.running(ref);
    if (ref !== null && running.length >= this.rules.capacity(ref)) {
      this.limitErrors += 1;
      throw awsError(
        'SnapshotQuotaExceeded',
        work.type === 'snapshot'
          ? `Cannot create more than ${running.length} snapshots in progress`
          : `Cannot copy more than ${running.length} snapshots across regions`,
      );
    }
    const startedAt = this.rules.now();
    const snapshot: FakeSnapshot = {
      ...{ kind, account, region, id, sizeGiB, startedAt, failed: false, ...rest },
      arn: `arn:aws:rds:${region}:${account}:${wordsOf[likenessOf(kind).form].snapshotArnType}:${id}`,
      endsAt: startedAt + this.rules.milliseconds(work),
      sharedWith: new Set(),
      readers: [],
    };
    there.set(id, snapshot);
    if (ref !== null && this.statusOf(snapshot) === 'in-progress') {
      running.push(snapshot);
      this.highWaters.set(limitKey(ref), Math.max(this.highWater(ref), running.length));
    }
    return snapshot;
  }

  /** A source that goes takes the copies that are being made from it along. */
  remove(snapshot: FakeSnapshot): void {
    this.byPlace.in(snapshot.kind, snapshot).delete(snapshot.id);
    for (const reader of snapshot.readers) if (this.statusOf(reader) === 'in-progress') reader.failed = true;
    snapshot.failed = true;
  }

  private running(ref: LimitRef): FakeSnapshot[] {
    const running = (this.busySlots.get(limitKey(ref)) ?? []).filter((one) => this.statusOf(one) === 'in-progress');
    this.busySlots.set(limitKey(ref), running);
    return running;
  }
}

/** The limit that a kind declares for such work, by where it counts; copies inside a region have none. */
function limitOf({ kind, type }: FakeWork): string | null {
  if (type === 'copy') return null;
  const countsIn = type === 'snapshot' ? 'source' : 'destination';
  const limits = knownKinds.has(kind) ? knownKinds.get(kind).limits : [];
  return limits.find((limit) => limit.countsIn === countsIn && limit.name !== 'export-tasks')?.name ?? null;
}

const limitKey = ({ account, region, limit }: LimitRef) => `${account} ${region} ${limit}`;
