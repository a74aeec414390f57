import { timeOfKey } from '../catalogue/bucket';
import { compactTime } from '../naming';
import { resourcePath } from '../resource';
import { type EntryType, entryTypes, type LedgerEntry } from './entry';

/** What the key of an entry tells: compliance is reckoned without reading one. */
export interface EntryKey {
  /** Relative to the bucket's own prefix. */
  readonly key: string;
  /** ISO 8601, UTC, with milliseconds. */
  readonly at: string;
  /** `kind/account/region/id`; null of what concerns the whole fleet. */
  readonly path: string | null;
  readonly type: EntryType;
  readonly outcome: string;
  /** Of a recovery point, to the second: {@link RecoveryPointEntry.protectedSince}; else null. */
  readonly protectedSince: string | null;
  /** Of a recovery point; else null. */
  readonly rpoSeconds: number | null;
}

const wholeFleet = 'fleet';

/** How the ledger is laid out below the prefix of its bucket (docs/design/0023-ledger.md). */
export const ledgerLayout = {
  /** Every entry of a fleet. */
  all: (fleet: string) => `ledger/${fleet}/`,
  /** Those of a day, as `2026-11-21`, or of one resource (`kind/account/region/id`) on it. */
  day: (fleet: string, day: string, path?: string) => `ledger/${fleet}/${day}/${path === undefined ? '' : `${path}/`}`,
  /** @param digest of the entry: whoever writes it again writes the same object */
  key: (entry: LedgerEntry, digest: string) => {
    const [day = '', time = ''] = entry.at.split('T');
    const [since, rpo] =
      entry.type === 'recovery-point'
        ? [compactTime(entry.protectedSince), String(Math.round(entry.rpoSeconds))]
        : ['-', '-'];
    const subject = entry.resource === null ? wholeFleet : resourcePath(entry.resource);
    const clock = time.replaceAll(':', '').toLowerCase();
    const name = [clock, entry.type, entry.outcome, since, rpo, digest].join('_');
    return `${ledgerLayout.day(entry.fleet, day, subject)}${name}.json`;
  },
} as const;

export const outcomePattern = /^[a-z]+(-[a-z]+){0,5}$/;
export const entryTimePattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

const nameOfKey =
  /^(\d{4}-\d{2}-\d{2})\/(fleet|[^/]+\/\d{12}\/[^/]+\/[^/]+)\/(\d{2})(\d{2})(\d{2}\.\d{3})z_([a-z-]+)_([a-z-]+)_(-|\d{8}t\d{6}z)_(-|\d{1,10})_[0-9a-f]{16}\.json$/;

/** What a key tells, relative to the bucket's own prefix; null where it is no entry's of this fleet, or of a later version. */
export function parseEntryKey(fleet: string, key: string): EntryKey | null {
  const root = ledgerLayout.all(fleet);
  if (!key.startsWith(root)) return null;
  const [, day, subject, hours, minutes, seconds, type, outcome, since, rpo] =
    nameOfKey.exec(key.slice(root.length)) ?? [];
  if (day === undefined || subject === undefined || outcome === undefined) return null;
  const known = entryTypes.find((one) => one === type);
  const at = `${day}T${hours ?? ''}:${minutes ?? ''}:${seconds ?? ''}Z`;
  const protectedSince = since === undefined || since === '-' ? null : timeOfKey(since);
  if (known === undefined || !outcomePattern.test(outcome) || Number.isNaN(Date.parse(at))) return null;
  if (protectedSince !== null && Date.parse(protectedSince) > Date.parse(at)) return null;
  if (protectedSince !== null && Number.isNaN(Date.parse(protectedSince))) return null;
  if ((known === 'recovery-point') !== (protectedSince !== null && rpo !== '-')) return null;
  return {
    key,
    at,
    path: subject === wholeFleet ? null : subject,
    type: known,
    outcome,
    protectedSince,
    rpoSeconds: rpo === undefined || rpo === '-' ? null : Number(rpo),
  };
}

/** Whether an object lies under the key that belongs to it; its digest is not looked at. */
export function isKeyOf({ key }: EntryKey, entry: LedgerEntry): boolean {
  const written = ledgerLayout.key(entry, '');
  return key.startsWith(written.slice(0, -'.json'.length));
}
