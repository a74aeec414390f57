import { resourcePath, type ResourceRef } from '../../src/core/resource';

const minute = 60_000;
/** An end is heard of a while after it: a gap that is shorter may pass unnoticed, or not. */
const unclear = 30 * minute;
/** A notice is tried for an hour, and again. */
const heardWithin = 4 * 60 * minute;

const twiceWithin = 60 * minute;

/** A message as a receiver gets it. */
export interface Received {
  readonly at: number;
  readonly subject: string;
  readonly message: string;
}

interface Gap {
  readonly from: number;
  /** Null while it is open. */
  to: number | null;
  /** Nobody waits for its end: its resource was taken out of the fleet. */
  isGivenUp: boolean;
}

interface Protected {
  /** Epoch milliseconds: since when the clock of the RPO runs. */
  since: number;
  rpo: number;
  /** Nothing was missed before its RPO was what it is. */
  rpoSince: number;
  readonly gaps: Gap[];
  isRetired: boolean;
}

/** What people have heard of a resource. */
interface Heard {
  readonly openings: number[];
  readonly endings: number[];
  reminders: number;
}

/**
 * When each resource was without a complete recovery point for longer than its RPO: told by what lies in the clouds, and by nothing that
 * Farcopy says. Beside it, what a receiver has got.
 */
export class Breaches {
  private readonly resources = new Map<string, Protected>();
  private readonly heard = new Map<string, Heard>();
  private readonly strange: string[] = [];
  /** When each text was received last. */
  private readonly got = new Map<string, number>();

  /** A resource was asked for a recovery point by a tier: from the first time on its clock runs. */
  asked(resource: Omit<ResourceRef, 'arn'>, rpoSeconds: number, now: number): void {
    const path = resourcePath(resource);
    const known = this.resources.get(path);
    this.lookAt(now);
    if (known === undefined || known.isRetired)
      this.resources.set(path, {
        // Whatever bears a name again has the clock of the copies that lie under it (docs/design/0019-simulation.md).
        ...{ since: known?.since ?? now, rpo: rpoSeconds * 1000, rpoSince: now },
        ...{ gaps: known?.gaps ?? [], isRetired: false },
      });
    else if (known.rpo !== rpoSeconds * 1000) Object.assign(known, { rpo: rpoSeconds * 1000, rpoSince: now });
  }

  /** A recovery point is complete in the clouds. */
  completed(path: string, scheduledTime: number, now: number): void {
    this.lookAt(now);
    const its = this.resources.get(path);
    if (its === undefined) return;
    its.since = Math.max(its.since, scheduledTime);
    const last = its.gaps.at(-1);
    if (last?.to === null && now < its.since + its.rpo) last.to = now;
  }

  /** Nobody protects it any more. */
  retired(resource: Omit<ResourceRef, 'arn'>, now: number): void {
    this.lookAt(now);
    const its = this.resources.get(resourcePath(resource));
    if (its === undefined) return;
    its.isRetired = true;
    const last = its.gaps.at(-1);
    if (last?.to === null) Object.assign(last, { to: now, isGivenUp: true });
  }

  /** Takes in a message as a receiver gets it; one that comes twice, since an answer was lost, says nothing new. */
  receive({ at, subject, message }: Received): void {
    const text = `${subject}\n${message}`;
    const before = this.got.get(text) ?? -Infinity;
    this.got.set(text, at);
    if (at - before < twiceWithin) return;
    const named = (pattern: RegExp) => new Set([...text.matchAll(pattern)].map(([, id = '']) => id));
    for (const id of named(/no complete recovery point of (\S+) within its RPO/g)) {
      const its = this.of(id);
      if (its.openings.length > its.endings.length) its.reminders += 1;
      else its.openings.push(at);
    }
    for (const id of named(/(\S+) is within its RPO again/g)) {
      const its = this.of(id);
      if (its.openings.length > its.endings.length) its.endings.push(at);
      else this.strange.push(`${id} is told to be within its RPO again, and nobody was told that it was not`);
    }
    // A resource may be made again under the same name, and miss its RPO again.
    for (const id of named(/(\S+) is protected no more/g)) {
      const its = this.of(id);
      if (its.openings.length > its.endings.length) its.endings.push(at);
    }
  }

  /** Up to now. */
  verdict(now: number) {
    this.lookAt(now);
    const differences = [...this.strange];
    const total = { breaches: 0, opened: 0, resolved: 0, stillOpen: 0, reminders: 0 };
    for (const [path, { gaps }] of this.resources) {
      const id = path.split('/')[3] ?? '';
      const { openings, endings, reminders } = this.of(id);
      total.opened += openings.length;
      total.resolved += endings.length;
      total.reminders += reminders;
      const told = openings.map((from, i) => ({ from, to: endings[i] ?? null }));
      for (const gap of gaps) {
        const length = (gap.to ?? now) - gap.from;
        const i = told.findIndex(({ from }) => from >= gap.from && from <= gap.from + heardWithin);
        const [its] = i < 0 ? [] : told.splice(i, 1);
        if (its === undefined) {
          if (length <= unclear) continue;
          total.breaches += 1;
          differences.push(`${path}: its breach of ${iso(gap.from)} was not opened`);
          continue;
        }
        total.breaches += 1;
        if (gap.to === null) total.stillOpen += 1;
        const { to } = gap;
        if (
          to !== null &&
          !gap.isGivenUp &&
          now > to + heardWithin &&
          (its.to === null || its.to < to - unclear || its.to > to + heardWithin)
        )
          differences.push(`${path}: its breach of ${iso(gap.from)} ended at ${iso(to)}, told at ${iso(its.to)}`);
        if (gap.to === null && its.to !== null)
          differences.push(`${path}: its breach of ${iso(gap.from)} is told as over at ${iso(its.to)}, and is not`);
      }
      for (const { from } of told) differences.push(`${path}: a breach was opened at ${iso(from)}, and there is none`);
    }
    return { ...total, differences };
  }

  private of(id: string): Heard {
    let found = this.heard.get(id);
    if (found === undefined) this.heard.set(id, (found = { openings: [], endings: [], reminders: 0 }));
    return found;
  }

  private lookAt(now: number): void {
    for (const its of this.resources.values()) {
      const at = Math.max(its.since + its.rpo, its.rpoSince);
      if (!its.isRetired && now >= at && its.gaps.at(-1)?.to !== null)
        its.gaps.push({ from: at, to: null, isGivenUp: false });
    }
  }
}

const iso = (time: number | null) => (time === null ? 'never' : new Date(time).toISOString());
