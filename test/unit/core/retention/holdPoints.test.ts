import { type ListedCopy } from '../../../../src/core/catalogue/catalogue';
import { holdEntries } from '../../../../src/core/ledger/holdEntries';
import { ledgerEntry } from '../../../../src/core/ledger/entryShape';
import { parsed } from '../../../../src/core/messages/shape';
import { newHold, withHold } from '../../../../src/core/retention/hold';
import { holdPoints, holdsOf, whyNoHold } from '../../../../src/core/retention/holdPoints';
import { knownKinds } from '../../../../src/kinds/registry';

const arn = 'arn:aws:rds:eu-west-1:999999999999:cluster:shop';
const resource = { kind: 'aurora-cluster', account: '999999999999', region: 'eu-west-1', id: 'shop', arn };
const scheduledTime = '2026-11-21T02:00:00Z';
const recoveryPoint = `aurora-cluster/999999999999/eu-west-1/shop/${scheduledTime}`;
const at = Date.parse('2026-11-21T09:00:00Z');
const heldBy = (by: string, since: number, incident: string | null) =>
  withHold('none', newHold(by, since, incident, 'ticket')) ?? '';

function listed(place: string, hold = 'none', change: Partial<ListedCopy> & { readonly status?: string } = {}) {
  const { status = 'available', ...rest } = change;
  return {
    ...{ resource: arn, recoveryPoint, scheduledTime, place, hold, temporary: false, doubt: null, stored: null },
    copy: { arn: `arn:${place}`, status },
    ...rest,
  } as unknown as ListedCopy;
}
const record = (place: string, hold = 'none', doubt: string | null = null, holds: readonly object[] | null = []) =>
  listed(place, hold, { copy: null, doubt, stored: { holds } as never });
const places = (some: readonly Pick<ListedCopy, 'place'>[] = []) => some.map(({ place }) => place);

describe('what can be held of a recovery point', () => {
  const [point, ...others] = holdPoints(
    [
      listed('source'),
      listed('secure', 'none', { status: 'in-progress' }),
      listed('secure-landing', 'none', { temporary: true }),
      listed('secure-dr', 'none', { status: 'failed' }),
      listed('forged', 'none', { doubt: 'it lies where no copy of it belongs' }),
      record('other-cloud'),
      record('forged-bucket', 'none', 'no vault knows it'),
      record('other-cloud-export', 'none', null, null),
      listed('nobody', 'none', { resource: 'arn:aws:rds:eu-west-1:999999999999:cluster:other' }),
    ],
    knownKinds,
  );

  it('is its lasting copies, also those that are being made, and nothing that is not believed', () => {
    expect(places(point?.copies)).toEqual(['source', 'secure']);
    expect(places(point?.passing)).toEqual(['secure-landing', 'secure-dr']);
    expect(places(point?.stored)).toEqual(['other-cloud']);
    expect(places(point?.exports)).toEqual(['other-cloud-export']);
    expect(places(point?.doubted)).toEqual(['forged', 'forged-bucket']);
    expect(others).toEqual([]);
    expect(point && whyNoHold(point)).toBeNull();
  });

  it.each([
    ['exports on their way alone', [record('other-cloud-export', 'none', null, null)], 'it is being made: run this'],
    [
      'intermediate copies alone',
      [listed('secure-landing', 'none', { temporary: true })],
      'it is being made: run this',
    ],
    ['failed copies alone', [listed('source', 'none', { status: 'failed' })], 'it has no copy that can be held'],
    ['what is not believed alone', [listed('source', 'none', { doubt: 'forged' })], 'it has no copy that can be held'],
  ])('is nothing where there are %s, and that is said', (_, copies, why) => {
    expect(holdPoints(copies, knownKinds).map(whyNoHold)).toEqual([expect.stringContaining(why)]);
  });
});

describe('the holds of a recovery point', () => {
  const holds = (...copies: ListedCopy[]) => holdPoints(copies, knownKinds).flatMap(holdsOf);

  it('come once each, with the places that say so and those that do not', () => {
    const breach = heldBy('anna@laptop', at, 'breach-7');
    const both = withHold(breach, newHold('bob@desk', at, null, 'audit')) ?? '';
    expect(holds(listed('source', both), listed('secure', breach), listed('secure-dr'))).toMatchObject([
      { recoveryPoint, hold: { incident: 'breach-7' }, places: ['secure', 'source'], without: ['secure-dr'] },
      { hold: { incident: null, by: 'bob@desk' }, places: ['source'], without: ['secure', 'secure-dr'] },
    ]);
  });

  it('tell since when the first copy was held, where later ones were held since', () => {
    const [earlier, later] = [heldBy('anna@laptop', at, 'breach-7'), heldBy('bob@desk', at + 60_000, 'breach-7')];
    for (const copies of [
      [listed('source', later), listed('secure', earlier)],
      [listed('source', earlier), listed('secure', later)],
    ])
      expect(holds(...copies)).toMatchObject([{ hold: { since: '2026-11-21T09:00:00Z', by: 'anna@laptop' } }]);
  });

  it.each([
    ['failed', { status: 'failed' }],
    ['intermediate', { temporary: true }],
  ])('may be of a copy that is %s, which does not stand for a lasting one of its place', (_, change) => {
    const hold = heldBy('anna@laptop', at, 'breach-7');
    expect(holds(listed('secure', hold, change), listed('secure'), listed('secure-dr', 'none', change))).toMatchObject([
      { hold: { incident: 'breach-7' }, places: ['secure'], without: ['secure'] },
    ]);
  });

  it('tell which buckets lock what is held, and which do not', () => {
    const hold = newHold('anna@laptop', at, 'breach-7', 'ticket');
    const value = withHold('none', hold) ?? '';
    const inBucket = (place: string, locked: boolean) => record(place, value, null, [{ hold, locked }]);
    expect(holds(inBucket('archive', true), inBucket('other-cloud', false), record('third'))).toMatchObject([
      { places: ['archive', 'other-cloud'], without: ['third'], unlocked: ['other-cloud'] },
    ]);
  });

  it('are none of what is not believed, and may be of a record in a bucket', () => {
    const hold = heldBy('eve', at, 'mine');
    expect(holds(listed('source', hold, { doubt: 'forged' }), record('other-cloud', hold, 'refuted'))).toEqual([]);
    expect(holds(listed('secure'), record('other-cloud', 'legal'))).toMatchObject([
      { hold: { by: null, reason: 'legal' }, places: ['other-cloud'], without: ['secure'] },
    ]);
  });
});

describe('entries of the ledger', () => {
  const act = {
    ...({ fleet: 'panda', outcome: 'set', hold: 'breach-7', now: at } as const),
    asked: { by: 'anna@laptop', why: 'ticket' },
  };
  const copies = (count: number, state: 'changed' | 'unchanged' | 'failed', of = resource) =>
    Array.from({ length: count }, (_, i) => ({ resource: of, copy: `arn:${state}:${i}`, state }));

  it('are of each resource, name the copies that were changed, and are such as the ledger takes', () => {
    const stock = { ...resource, id: 'stock' };
    const entries = holdEntries(act, [
      ...copies(201, 'changed'),
      ...copies(3, 'unchanged'),
      ...copies(2, 'failed', stock),
      ...copies(1, 'changed', stock),
    ]);
    expect(entries.map(({ resource: of, copies: some, reason }) => [of?.id, some.length, reason])).toEqual([
      ['shop', 200, null],
      ['shop', 1, null],
      ['stock', 1, 'not complete: 2 more copies could not be changed'],
    ]);
    for (const entry of entries) expect(parsed(ledgerEntry, entry, 'it')).toEqual(entry);
    expect(new Set(entries.map(({ workflow }) => workflow.id)).size).toBe(3);
  });

  it('are none where nothing was changed: a second run leaves none', () => {
    expect(holdEntries(act, [...copies(3, 'unchanged'), ...copies(1, 'failed')])).toEqual([]);
  });
});
