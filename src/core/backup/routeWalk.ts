import { type CopyRef } from '../catalogue/copy';
import { type FailureType, failureTypes } from '../failure';
import { type SkippedTable } from '../catalogue/manifest';
import { type Leg } from './route';

/** Where one leg stands. */
export type LegState = 'pending' | 'waiting' | 'running' | 'verified' | 'failed' | 'skipped';

/** A copy that a leg has made and proven. */
export interface VerifiedCopy extends CopyRef {
  readonly place: string;
  readonly keyArn: string | null;
  readonly sizeGiB: number;
  /** When the data is from (ISO 8601, UTC). */
  readonly dataTime: string;
  readonly verifiedAt: string;
  /** Of a copy in a bucket. */
  readonly objects?: number;
  readonly bytes?: number;
  /** Tables the data service left out of an export: the copy is there, but it is not whole. */
  readonly skippedTables?: readonly SkippedTable[];
}

export interface LegFailure {
  readonly type: FailureType | 'Unknown';
  readonly message: string;
}

/** `partially-failed`: some vault of the route has a verified copy; another lacks one, or what belongs to it. */
export type RecoveryPointState = 'completed' | 'partially-failed' | 'failed' | 'cancelled';

/** Undoes a temporary share or removes an intermediate copy. */
export interface Cleanup {
  readonly id: string;
  readonly type: 'unshare' | 'delete';
  /** The leg whose work is undone. */
  readonly leg: Leg;
}

interface Progress {
  state: LegState;
  copy?: VerifiedCopy;
  failure?: LegFailure;
  /** What a waiting leg waits for. */
  waitingFor?: string;
  startedAt?: number;
}

/** Walks the graph of a route's legs: what may start, what must be skipped, what is to be cleaned up, how it ended. */
export class RouteWalk {
  private readonly progress: Map<string, Progress>;
  private readonly lacking: (LegFailure & { leg: string })[] = [];
  private readonly noted: { leg: string; message: string }[] = [];

  constructor(readonly legs: readonly Leg[]) {
    this.progress = new Map(legs.map((leg) => [leg.id, { state: 'pending' }]));
  }

  state(legId: string): LegState {
    return this.of(legId).state;
  }

  /** True once every leg before it is verified. */
  mayStart(leg: Leg): boolean {
    return leg.after.every((id) => this.state(id) === 'verified');
  }

  /** True once a leg before it has failed or was skipped: it can never start. */
  mustSkip(leg: Leg): boolean {
    return leg.after.some((id) => this.state(id) === 'failed' || this.state(id) === 'skipped');
  }

  wait(legId: string, waitingFor: string): void {
    Object.assign(this.of(legId), { state: 'waiting', waitingFor });
  }

  /** Takes a leg that has not begun back to where it was. */
  postpone(legId: string): void {
    const progress = this.of(legId);
    progress.state = 'pending';
    delete progress.waitingFor;
  }

  run(legId: string, now: number): void {
    const progress = this.of(legId);
    progress.state = 'running';
    progress.startedAt = now;
    delete progress.waitingFor;
  }

  /** A leg's work is there and proven; a share has no copy of its own. */
  verify(legId: string, copy?: VerifiedCopy): void {
    Object.assign(this.of(legId), { state: 'verified', ...(copy === undefined ? {} : { copy }) });
  }

  fail(legId: string, failure: LegFailure): void {
    Object.assign(this.of(legId), { state: 'failed', failure });
  }

  skip(legId: string): void {
    this.of(legId).state = 'skipped';
  }

  /** What belongs to the recovery point and could not be made, though every leg may have been: it is not complete. */
  lack(what: string, failure: LegFailure): void {
    this.lacking.push({ leg: what, ...failure });
  }

  /** What people should know of a recovery point that is complete all the same. */
  note(what: string, message: string): void {
    this.noted.push({ leg: what, message });
  }

  /** The verified copy in a place, if it is there. */
  copyIn(place: string): VerifiedCopy | undefined {
    const leg = this.legs.find((l) => l.type !== 'share' && l.place === place);
    return leg === undefined ? undefined : this.of(leg.id).copy;
  }

  /** Everything that is only lent: shares, and intermediate copies (deleting one ends its shares too). */
  cleanups(): Cleanup[] {
    return this.legs
      .filter((leg) => (leg.type === 'share' ? !leg.temporary : leg.temporary))
      .map((leg) => ({
        id: leg.type === 'share' ? `un${leg.id}` : `delete:${leg.place}`,
        type: leg.type === 'share' ? 'unshare' : 'delete',
        leg,
      }));
  }

  /**
   * True once nothing reads any more what the cleanup takes away: a source may not go before its copies are verified, or
   * have ended.
   */
  isDue(cleanup: Cleanup): boolean {
    const readers = this.legs.filter(
      (leg) =>
        leg.from === cleanup.leg.place && (cleanup.type === 'delete' || leg.scope.account === cleanup.leg.shareWith),
    );
    return this.hasEnded(cleanup.leg.id) && readers.every((leg) => this.hasEnded(leg.id));
  }

  /** False where the leg never did anything that would need undoing. */
  isNeeded(cleanup: Cleanup): boolean {
    return this.state(cleanup.leg.id) !== 'skipped' && this.state(cleanup.leg.id) !== 'pending';
  }

  get copies(): VerifiedCopy[] {
    return this.legs.flatMap((leg) => this.of(leg.id).copy ?? []);
  }

  get notes(): readonly { leg: string; message: string }[] {
    return this.noted;
  }

  /** Legs that failed, those whose copy is not whole, and what is lacking besides. */
  get failures(): (LegFailure & { leg: string })[] {
    const failed = this.legs.flatMap((leg) => {
      const { failure } = this.of(leg.id);
      return failure === undefined ? [] : [{ leg: leg.id, ...failure }];
    });
    return [...failed, ...this.gaps.map((gap) => ({ ...gap, type: failureTypes.operationFailed })), ...this.lacking];
  }

  /** What is there but not whole, in a sentence for each leg that made it. */
  private get gaps(): { leg: string; message: string }[] {
    return this.legs.flatMap((leg) => {
      const tables = leg.type === 'export' ? (this.of(leg.id).copy?.skippedTables ?? []) : [];
      if (tables.length === 0) return [];
      const named = tables.map(({ table, reason }) => (reason === null ? table : `${table} (${reason})`));
      return [
        {
          leg: leg.id,
          message: `AWS left out ${named.slice(0, 20).join(', ')}${named.length > 20 ? ` and ${named.length - 20} more` : ''}`,
        },
      ];
    });
  }

  get outcome(): RecoveryPointState {
    const wanted = this.legs.filter((leg) => leg.type !== 'share' && !leg.temporary);
    const there = wanted.filter((leg) => this.state(leg.id) === 'verified');
    if (there.length === wanted.length)
      return this.gaps.length === 0 && this.lacking.length === 0 ? 'completed' : 'partially-failed';
    return there.some((leg) => leg.scope.access === 'vault') ? 'partially-failed' : 'failed';
  }

  /** One line a leg, for queries and the Temporal UI. */
  get report(): { leg: string; state: LegState; waitingFor?: string; startedAt?: string; message?: string }[] {
    return this.legs.map((leg) => {
      const { state, waitingFor, startedAt, failure } = this.of(leg.id);
      return {
        leg: leg.id,
        state,
        ...(waitingFor === undefined ? {} : { waitingFor }),
        ...(startedAt === undefined ? {} : { startedAt: new Date(startedAt).toISOString() }),
        ...(failure === undefined ? {} : { message: failure.message }),
      };
    });
  }

  /** True once nothing more will become of it. */
  hasEnded(legId: string): boolean {
    return ['verified', 'failed', 'skipped'].includes(this.state(legId));
  }

  private of(legId: string): Progress {
    const progress = this.progress.get(legId);
    if (progress === undefined) throw new Error(`the route has no leg ${legId}`);
    return progress;
  }
}
