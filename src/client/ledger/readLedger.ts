import { text } from 'node:stream/consumers';
import { type OpenedState } from '../../activities/ledger/stateBucket';
import { type StoredObject } from '../../clouds/objectStore';
import { failureTypeOf } from '../../core/failure';
import { inParallel } from '../../core/inParallel';
import { type EntryType, type StoredEntry } from '../../core/ledger/entry';
import { mostEntryBytes, storedEntry } from '../../core/ledger/entryShape';
import { type EntryKey, isKeyOf, ledgerLayout, parseEntryKey } from '../../core/ledger/ledgerLayout';
import { parsed } from '../../core/messages/shape';
import { type ResourceArgument, matches } from '../catalogue/resourceArgument';
import { type NamedResource } from '../backup/recoveryPointSnapshot';

/** Epoch milliseconds. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

export interface LedgerQuestion extends Window {
  /** Resources; none: all. */
  readonly named: readonly ResourceArgument[];
  readonly types: readonly EntryType[];
  /** At most so many, the newest first. */
  readonly limit: number;
}

/** An object in the ledger that is no entry, or could not be read. */
export interface LedgerProblem {
  readonly key: string;
  readonly message: string;
}

export interface LedgerPage {
  /** The newest first. */
  readonly entries: readonly StoredEntry[];
  /** Whether there are older ones in the window. */
  readonly more: boolean;
  /** The day of the first entry of all: it reaches no further back. Null of an empty ledger. */
  readonly reachesBackTo: string | null;
  readonly problems: readonly LedgerProblem[];
}

interface FoundKey extends EntryKey {
  readonly bytes: number;
}

const dayMilliseconds = 86_400_000;
const daysAtOnce = 16;
const readsAtOnce = 16;
/** Whoever writes garbage there must not fill the screen with it. */
const mostProblems = 20;

/**
 * Reads the ledger of a fleet. Whoever can write into its bucket can write anything, so each object is bounded in size, must be of
 * the form of an entry, and must lie where it says it belongs. Nothing proves who wrote it.
 */
export class LedgerReader {
  readonly problems: LedgerProblem[] = [];

  constructor(
    private readonly state: OpenedState,
    private readonly fleet: string,
    private readonly signal?: AbortSignal,
  ) {}

  /** @throws failures of the bucket */
  async read({ named, types, limit, ...window }: LedgerQuestion): Promise<LedgerPage> {
    const reachesBackTo = await this.firstDay();
    const entries: StoredEntry[] = [];
    let more = false;
    for await (const keys of this.keys(window, reachesBackTo, named)) {
      const wanted = keys.filter(({ type }) => types.includes(type)).sort((a, b) => (a.at < b.at ? 1 : -1));
      while (wanted.length > 0 && entries.length < limit) {
        const next = wanted.splice(0, Math.min(readsAtOnce, limit - entries.length));
        const read = await inParallel(next, readsAtOnce, (key) => this.open(key));
        entries.push(...read.filter((one) => one !== null));
      }
      if (wanted.length > 0) {
        more = true;
        break;
      }
    }
    return { entries, more, reachesBackTo, problems: this.problems.slice(0, mostProblems) };
  }

  /** The day of the first entry, as `2026-11-21`; null where there is none. */
  async firstDay(): Promise<string | null> {
    for await (const page of this.list(ledgerLayout.all(this.fleet)))
      for (const { key } of page) {
        const found = this.parse(key);
        if (found !== null) return found.at.slice(0, 10);
      }
    return null;
  }

  /** What the keys of a window say, day by day, the newest day first. Nothing is read. */
  async *keys(
    { from, to }: Window,
    firstDay: string | null,
    named: readonly ResourceArgument[] = [],
  ): AsyncGenerator<readonly FoundKey[]> {
    if (firstDay === null) return;
    const days = daysBack(Math.max(from, Date.parse(firstDay)), to);
    const paths = named.map(pathOf);
    // A resource that is named whole lies under a prefix of its own.
    const under = paths.every((path) => path !== undefined) && paths.length > 0 ? paths : [undefined];
    for (let i = 0; i < days.length; i += daysAtOnce) {
      const some = days.slice(i, i + daysAtOnce);
      const found = await inParallel(some, daysAtOnce, async (day) => {
        const keys: FoundKey[] = [];
        for (const path of under)
          for await (const page of this.list(ledgerLayout.day(this.fleet, day, path)))
            for (const object of page) keys.push(...this.keyOf(object, { from, to }, named));
        return keys;
      });
      yield* found;
    }
  }

  private keyOf({ key, bytes }: StoredObject, { from, to }: Window, named: readonly ResourceArgument[]): FoundKey[] {
    const found = this.parse(key);
    if (found === null) {
      this.problems.push({ key, message: 'it lies in the ledger and is none of its entries, or of a later version' });
      return [];
    }
    const at = Date.parse(found.at);
    if (at < from || at >= to) return [];
    const resource = resourceOf(found.path);
    if (named.length > 0 && !named.some((one) => resource !== null && matches(one, resource))) return [];
    return [{ ...found, bytes }];
  }

  private async open(found: FoundKey): Promise<StoredEntry | null> {
    const refused = (message: string) => {
      this.problems.push({ key: found.key, message });
      return null;
    };
    if (found.bytes > mostEntryBytes) return refused(`it has ${found.bytes} bytes: no entry is so large`);
    let content: string;
    try {
      const range = { to: Math.max(1, found.bytes) };
      content = await text(await this.state.store.read(`${this.state.url.prefix}${found.key}`, range, this.signal));
    } catch (error) {
      this.signal?.throwIfAborted();
      if (failureTypeOf(error) === undefined) throw error;
      return refused((error as Error).message);
    }
    try {
      const entry = parsed(storedEntry, JSON.parse(content), 'it');
      return entry.fleet === this.fleet && isKeyOf(found, entry)
        ? entry
        : refused('it says something else than its key');
    } catch (error) {
      return refused(error instanceof SyntaxError ? 'it is no JSON' : (error as Error).message);
    }
  }

  private list(prefix: string): AsyncIterable<readonly StoredObject[]> {
    const { store, url } = this.state;
    return store.list(`${url.prefix}${prefix}`, {}, this.signal);
  }

  private parse(key: string): EntryKey | null {
    const { prefix } = this.state.url;
    return key.startsWith(prefix) ? parseEntryKey(this.fleet, key.slice(prefix.length)) : null;
  }
}

/** The resource of a path as keys have it; null of the whole fleet. */
export function resourceOf(path: string | null): NamedResource | null {
  const [kind, account, region, id] = path?.split('/') ?? [];
  if (kind === undefined || account === undefined || region === undefined || id === undefined) return null;
  return { kind, account, region, id };
}

function pathOf({ ids, account, region }: ResourceArgument): string | undefined {
  const [[kind, id] = ['', ''], ...others] = Object.entries(ids);
  return others.length > 0 || account === undefined || region === undefined
    ? undefined
    : [kind, account, region, id].join('/');
}

/** The days of a window, as `2026-11-21`, the last first. */
function daysBack(from: number, to: number): string[] {
  const days: string[] = [];
  const first = Math.floor(from / dayMilliseconds);
  for (let day = Math.floor((to - 1) / dayMilliseconds); day >= first; day -= 1)
    days.push(new Date(day * dayMilliseconds).toISOString().slice(0, 10));
  return days;
}
