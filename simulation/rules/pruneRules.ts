import { type Fleet } from '../../src/config';
import { copyTags, noHold } from '../../src/core/catalogue/copy';
import { workflowNames } from '../../src/core/messageNames';
import { type PruneReport } from '../../src/core/retention/pruneRun';
import { type FakeSnapshot } from '../../test/fakes/aws/snapshots';
import { type RetentionText } from '../../test/support/retention/retentionText';
import { type CallWatch, type CloudCall } from '../clouds/simulatedClouds';
import { attemptHere } from '../temporal/activityService';
import { valuesOf } from '../temporal/payloads';
import { type Run } from '../temporal/run';
import { type Witness } from '../temporal/service';

const hour = 3600_000;
const wait = 72 * hour;
/** A mark that is older counts for nothing. */
const longestWait = 17 * 24 * hour;
/** Clocks may differ by ten minutes, and AWS tells its own to the second. */
const clockTolerance = 10 * 60_000 + 2000;
/** As old may be what whoever deletes has seen last of a copy: RDS cannot delete on a condition. */
const lookTolerance = 5000;

/** What the rules of pruning look at. */
export interface PruneScene {
  readonly witness: Witness;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly snapshots: () => readonly FakeSnapshot[];
  readonly isOurs: (snapshot: FakeSnapshot) => boolean;
  readonly isRunning: (snapshot: FakeSnapshot) => boolean;
  /** The fleet file of whoever marks, or deletes. */
  readonly fleetOf: (role: 'marker' | 'pruner') => Fleet;
  /** docs/retention.md by a fleet file, held against the clouds as they are now: against the copies of one resource, or all. */
  readonly text: (fleet: Fleet, of: FakeSnapshot | null) => RetentionText;
  /** The snapshot that a call names. */
  readonly named: (call: CloudCall) => FakeSnapshot | undefined;
}

interface Gone {
  readonly removed: Set<string>;
  readonly asked: Set<FakeSnapshot>;
}

interface Mark {
  readonly notBefore: string;
  /** When it was written, by the clock that is right. */
  readonly at: number;
  /** What the fleet file of whoever marked said of such copies. */
  readonly rules: string;
}

/** What one try to mark or to delete has done. */
interface Begun {
  /** Why the text kept each copy when it began; it plans by what it lists then. */
  readonly kept: ReadonlyMap<FakeSnapshot, string | null>;
}

/**
 * What holds of every mark and every deletion, whatever befalls: the text of docs/retention.md lets the copy go, no hold and no reader is
 * there, and what is deleted was marked 72 hours before by a mark that counts.
 */
export class PruneRules implements CallWatch {
  deletions = 0;
  marks = 0;
  /** Marks of what is protected. */
  protectedMarked = 0;
  /** What the pruner has deleted. */
  readonly removed = new Set<FakeSnapshot>();
  /** ARNs of what runs have deleted and told of. */
  readonly told = new Set<string>();
  /** What runs that are under way have deleted, or asked for. */
  private readonly gone = new Map<Run, Gone>();
  private readonly removals: { readonly run: Run; readonly at: number }[] = [];
  private readonly written = new Map<FakeSnapshot, Mark>();
  private readonly heldSince = new Map<string, number>();
  private readonly begun = new WeakMap<object, Begun>();
  private person: object = {};

  constructor(private readonly scene: PruneScene) {}

  /** Copies that the text lets go now, by the fleet file of whoever deletes. */
  letGo(): Set<FakeSnapshot> {
    const all = this.scene.text(this.scene.fleetOf('pruner'), null).all();
    return new Set([...all].flatMap(([copy, why]) => (why === null ? [copy] : [])));
  }

  /** A person begins to mark by hand. */
  personBegins(): void {
    this.person = {};
    this.begin('marker');
  }

  before(call: CloudCall): void {
    const { access } = call.scope;
    if (access !== 'marker' && access !== 'pruner') return;
    this.begin(access);
    const isDeletion = /^Delete/.test(call.command);
    const isTagging = call.command === 'AddTagsToResource';
    if ((isDeletion && access === 'marker') || (isTagging && access === 'pruner') || isForeign(call.command))
      this.scene.witness.violation('role', `${call.command} as the ${access}`);
    const found = this.scene.named(call);
    if (found === undefined) return;
    if (isDeletion) this.mayGo(found);
    if (isTagging) this.mayBeMarked(found, tagsOf(call));
  }

  after(call: CloudCall): void {
    const found = call.command === 'AddTagsToResource' ? this.scene.named(call) : undefined;
    if (found !== undefined) this.noted(found, tagsOf(call));
    if (!/^Delete.*Snapshot$/.test(call.command) || call.scope.access !== 'pruner') return;
    const run = attemptHere.getStore()?.run;
    const its = run === undefined ? undefined : this.gone.get(run);
    const arns = new Set(this.scene.snapshots().map(({ arn }) => arn));
    for (const copy of its?.asked ?? []) {
      if (arns.has(copy.arn) || its?.removed.has(copy.arn)) continue;
      its?.removed.add(copy.arn);
      if (run !== undefined) this.removals.push({ run, at: this.scene.now() });
      this.removed.add(copy);
      this.written.delete(copy);
      this.deletions += 1;
    }
  }

  /** A hold was set, or taken off, by no call. */
  heldAt(recoveryPoint: string, isHeld: boolean): void {
    if (isHeld) this.heldSince.set(recoveryPoint, this.scene.now());
    else this.heldSince.delete(recoveryPoint);
  }

  /** What a run tells of itself is what it has done. */
  closed(run: Run): void {
    if (run.type !== workflowNames.pruneFleet) return;
    const { removed, asked } = this.goneIn(run);
    this.gone.delete(run);
    const report = reportOf(run);
    if (report === null) return;
    const arns = new Set(this.scene.snapshots().map(({ arn }) => arn));
    const away = [...asked].filter(({ arn }) => !arns.has(arn)).length;
    const { deleted, problems } = report;
    const tell = `${run.workflowId} tells of ${deleted} deleted copies`;
    // Of two runs at a time, each may have begun what the other has done.
    const byOthers = this.removals.filter((one) => one.run !== run && one.at >= run.startedAt).length;
    if (deleted > away + byOthers)
      this.scene.witness.violation('told', `${tell}, and ${away} that it asked for are gone`);
    if (deleted === removed.size) for (const arn of removed) this.told.add(arn);
    if (deleted < removed.size && problems.length === 0)
      this.scene.witness.violation('told', `${tell} and of no problem, and it has deleted ${removed.size}`);
  }

  private goneIn(run: Run): Gone {
    let its = this.gone.get(run);
    if (its === undefined) this.gone.set(run, (its = { removed: new Set(), asked: new Set() }));
    return its;
  }

  private begin(role: 'marker' | 'pruner'): void {
    const attempt = attemptHere.getStore() ?? this.person;
    if (this.begun.has(attempt)) return;
    this.begun.set(attempt, { kept: this.scene.text(this.scene.fleetOf(role), null).all() });
  }

  private mayBeMarked(copy: FakeSnapshot, tags: Readonly<Record<string, string>>): void {
    const mark = tags[copyTags.deleteAfter];
    if (mark === undefined) return;
    if (Object.keys(tags).length > 1)
      this.scene.witness.violation('role', `${copy.arn} is given other tags than a mark`);
    const [notBefore = ''] = mark.split(' ');
    if (mark === 'none') return;
    this.marks += 1;
    const why = this.whyKept(copy, 'marker');
    if (why !== null) {
      this.protectedMarked += 1;
      this.scene.witness.violation('protected-marked', `${copy.arn} is marked: ${why}`);
    }
    const isNew = this.written.get(copy)?.notBefore !== notBefore;
    if (isNew && !(Date.parse(notBefore) >= this.scene.now() + wait - clockTolerance))
      this.scene.witness.violation('wait', `${copy.arn} is marked to go at ${notBefore}, less than 72 hours on`);
  }

  private noted(copy: FakeSnapshot, tags: Readonly<Record<string, string>>): void {
    const [notBefore = ''] = (tags[copyTags.deleteAfter] ?? '').split(' ');
    const before = this.written.get(copy);
    if (notBefore === '' || before?.notBefore === notBefore) return;
    const rules = this.scene.text(this.scene.fleetOf('marker'), copy).rulesOf(copy);
    this.written.set(copy, { notBefore, at: this.scene.now(), rules });
  }

  private mayGo(copy: FakeSnapshot): void {
    const { witness, now, isRunning } = this.scene;
    const run = attemptHere.getStore()?.run;
    if (run !== undefined) this.goneIn(run).asked.add(copy);
    const kept = this.whyKept(copy, 'pruner');
    if (kept !== null) witness.violation('kept-deleted', `${copy.arn} is deleted: ${kept}`);
    const unmarked = this.whyNotMarked(copy);
    if (unmarked !== null) witness.violation('unmarked-deleted', `${copy.arn} is deleted: ${unmarked}`);
    const reader = copy.readers.find((one) => isRunning(one) && one.startedAt < now() - lookTolerance);
    if (reader !== undefined) witness.violation('reader', `${copy.arn} is deleted, and ${reader.arn} is made of it`);
  }

  /** A copy that is kept must have been kept for as long as whoever deletes it could not know. */
  private whyKept(copy: FakeSnapshot, role: 'marker' | 'pruner'): string | null {
    const why = this.scene.text(this.scene.fleetOf(role), copy).whyKept(copy);
    if (why === null) return null;
    if (!this.scene.isOurs(copy)) return why;
    const begun = this.begun.get(attemptHere.getStore() ?? this.person);
    const since = this.heldSince.get(copy.tags[copyTags.recoveryPoint] ?? '');
    const isHeldForLong = role === 'pruner' && why === 'held' && (since ?? 0) < this.scene.now() - lookTolerance;
    const before = begun?.kept.get(copy) ?? null;
    return isHeldForLong || before !== null ? why : null;
  }

  private whyNotMarked(copy: FakeSnapshot): string | null {
    const [notBefore = ''] = (copy.tags[copyTags.deleteAfter] ?? '').split(' ');
    const mark = this.written.get(copy);
    if (mark === undefined || mark.notBefore !== notBefore || notBefore === 'none') return 'it bears no mark';
    const age = this.scene.now() - mark.at;
    if (age < wait - clockTolerance) return `it was marked ${Math.round(age / hour)} hours ago`;
    if (age > longestWait + clockTolerance) return 'its mark is weeks old';
    const rules = this.scene.text(this.scene.fleetOf('pruner'), copy).rulesOf(copy);
    return rules === mark.rules ? null : `it was marked by ${mark.rules}, and ${rules} counts now`;
  }
}

export const isHeld = ({ tags }: FakeSnapshot): boolean => (tags[copyTags.hold] ?? noHold) !== noHold;

/** Calls that neither role may make. */
const isForeign = (command: string): boolean =>
  !/^(Describe|List|Get|Head|AddTags|Delete.*Snapshot$|list|head|open)/.test(command);

function tagsOf({ input }: CloudCall): Record<string, string> {
  const list = (input.Tags as { readonly Key?: string; readonly Value?: string }[] | undefined) ?? [];
  return Object.fromEntries(list.map(({ Key, Value }) => [Key ?? '', Value ?? '']));
}

/** What a run of `pruneFleet` came to; null where it tells nothing. */
export function reportOf({ status, result, failure }: Run): PruneReport | null {
  if (status === 'COMPLETED') return result === null ? null : (valuesOf([result])[0] as PruneReport);
  if (status !== 'FAILED') return null;
  const [report] = valuesOf(failure?.applicationFailureInfo?.details?.payloads);
  return (report as PruneReport | undefined) ?? null;
}
