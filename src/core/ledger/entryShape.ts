import { anyText, flag, list, nullable, object, oneOf, record, type Shape, text, time } from '../messages/shape';
import { count, id, name, resource, seconds } from '../messages/shapes';
import {
  type ActEntry,
  type AlertEntry,
  type AsToldByCaller,
  type DrillEntry,
  entryTypes,
  type HoldEntry,
  type LedgerEntry,
  type PlaceEntry,
  type PrunedCopy,
  type PruneEntry,
  type RecoveryPointEntry,
  type RestoreEntry,
  type StoredEntry,
  type Writer,
} from './entry';
import { entryTimePattern, outcomePattern } from './ledgerLayout';

/** More than an entry can be that Farcopy has written, in bytes. */
export const mostEntryBytes = 65_536;

export const asToldByCaller = object<AsToldByCaller>({ by: nullable(anyText(256)), why: nullable(anyText(2000)) });

const common = {
  version: oneOf<1>(1),
  fleet: name,
  tier: nullable(name),
  resource: nullable(resource),
  at: text(24, entryTimePattern, 'a time like 2026-11-21T02:00:00.000Z'),
  outcome: text(40, outcomePattern, 'a word of letters a–z and hyphens'),
  reason: nullable(anyText(2000)),
  asToldByCaller,
  workflow: object<LedgerEntry['workflow']>({ id: text(1000), runId: text(100) }),
} as const;

const place = object<PlaceEntry>({
  place: name,
  copy: nullable(
    object<NonNullable<PlaceEntry['copy']>>({
      account: anyText(12),
      region: anyText(40),
      id,
      arn: anyText(2048),
      sizeGiB: count,
      bytes: nullable(count),
      verifiedAt: time,
    }),
  ),
});

const shapes: { readonly [T in LedgerEntry['type']]: Shape<Extract<LedgerEntry, { type: T }>> } = {
  'recovery-point': object<RecoveryPointEntry>({
    ...common,
    type: oneOf('recovery-point'),
    scheduledTime: time,
    dataTime: nullable(time),
    rpoSeconds: seconds,
    protectedSince: time,
    forced: flag,
    places: list(place, 100),
    stepSeconds: record(seconds, 200),
  }),
  restore: object<RestoreEntry>({
    ...common,
    type: oneOf('restore'),
    outcome: oneOf<RestoreEntry['outcome']>('completed', 'failed', 'cancelled'),
    recoveryPoint: text(),
    dataTime: nullable(time),
    from: text(),
    to: text(),
    rtoSeconds: nullable(seconds),
    totalSeconds: seconds,
  }),
  drill: object<DrillEntry>({
    ...common,
    type: oneOf('drill'),
    drill: name,
    recoveryPoint: nullable(text()),
    dataTime: nullable(time),
    from: nullable(text()),
    to: nullable(text()),
    rtoSeconds: nullable(seconds),
    rtoObjectiveSeconds: nullable(seconds),
    checks: object<DrillEntry['checks']>({ passed: count, failed: count }),
    left: nullable(anyText(2000)),
  }),
  alert: object<AlertEntry>({ ...common, type: oneOf('alert'), alert: name, rpoSeconds: nullable(seconds) }),
  prune: object<PruneEntry>({
    ...common,
    type: oneOf('prune'),
    plan: text(),
    copies: list(
      object<PrunedCopy>({
        place: name,
        copy: text(),
        recoveryPoint: text(),
        dataTime: nullable(time),
        rule: anyText(2000),
        approvedBy: nullable(text(64)),
      }),
      1000,
    ),
  }),
  hold: object<HoldEntry>({ ...common, type: oneOf('hold'), hold: name, copies: list(text(), 200) }),
  act: object<ActEntry>({ ...common, type: oneOf('act') }),
};

/** An entry as a message has it. What it says is not proven by that. */
export const ledgerEntry: Shape<LedgerEntry> = (value, at, wrong) => {
  const { type } = (value ?? {}) as { readonly type?: unknown };
  const known = entryTypes.find((one) => one === type);
  if (known !== undefined) return shapes[known](value, at, wrong);
  wrong(`${at === '' ? 'it' : at} must be an entry of the ledger of type ${entryTypes.join(', ')}`);
  return undefined as unknown as LedgerEntry;
};

const writer = object<Writer>({ build: text(100), fleetFile: text(64), at: time });

/** An entry as its object has it. */
export const storedEntry: Shape<StoredEntry> = (value, at, wrong) => ({
  ...ledgerEntry(value, at, wrong),
  writtenBy: writer((value as { writtenBy?: unknown } | null)?.writtenBy, 'writtenBy', wrong),
});
