import { chooseCopies } from '../../../../src/core/restore/chooseCopies';
import { copyIn, madeAt, remote, resource, secure, source } from './cataloguedCopies';

const older = copyIn('secure', '111111111111', 'eu-west-1', {
  recoveryPoint: 'aurora-cluster/999999999999/eu-west-1/shop/2026-11-20T02:00:00Z',
  scheduledTime: '2026-11-20T02:00:00Z',
  dataTime: '2026-11-20T02:03:00Z',
});

describe('the nearest copy', () => {
  const all = [source, remote, secure];
  it.each([
    ['999999999999', 'eu-west-1', 'source'],
    ['111111111111', 'eu-west-1', 'secure'],
    ['333333333333', 'eu-central-1', 'secure-dr'],
    ['333333333333', 'eu-west-1', 'secure'],
  ])('to %s/%s lies in %s', (account, region, place) => {
    expect(chooseCopies(all, {}, { account, region })[0]?.place).toBe(place);
  });

  it('is a healthy one: neither unproven, nor on its way out, nor half done', () => {
    const copies = [
      { ...secure, verified: null },
      { ...secure, temporary: true },
      { ...secure, copy: { ...secure.copy, status: 'in-progress' as const } },
      remote,
    ];
    expect(chooseCopies(copies, {}, resource).map(({ place }) => place)).toEqual(['secure-dr']);
    expect(() => chooseCopies([{ ...secure, verified: null }], {}, resource)).toThrow('in secure (not verified)');
  });

  it('is of the latest recovery point, or the latest before a time, or the one that is named', () => {
    const copies = [older, secure, source];
    const [latest] = chooseCopies(copies, {}, resource);
    expect(latest?.scheduledTime).toBe('2026-11-21T02:00:00Z');
    for (const request of [
      { at: '2026-11-20T12:00:00Z' },
      { point: older.recoveryPoint },
      { point: older.scheduledTime },
    ])
      expect(chooseCopies(copies, request, resource)).toEqual([older]);
    expect(() => chooseCopies(copies, { at: '2026-11-19T00:00:00Z' }, resource)).toThrow(
      'there are 2026-11-21T02:00:00Z in secure',
    );
  });

  it('may be one that was never proven where it is the only one of what is named', () => {
    const unproven = { ...secure, verified: null };
    expect(chooseCopies([unproven], { point: unproven.recoveryPoint }, resource)).toEqual([unproven]);
  });
});

describe('what lies at the source', () => {
  const newer = copyIn('source', '999999999999', 'eu-west-1', {
    recoveryPoint: 'aurora-cluster/999999999999/eu-west-1/shop/2026-11-22T02:00:00Z',
    scheduledTime: '2026-11-22T02:00:00Z',
    dataTime: '2026-11-22T02:03:00Z',
    verified: null,
  });
  const all = [madeAt(newer, '2026-11-22T02:03:00Z'), source, secure];

  it('is not taken for being newer than what the vaults have', () => {
    expect(chooseCopies(all, {}, resource)[0]?.recoveryPoint).toBe(secure.recoveryPoint);
    expect(() => chooseCopies(all, { point: newer.recoveryPoint }, resource)).toThrow('--from source');
  });

  it('is taken where it is asked for', () => {
    const [asked] = chooseCopies(all, { from: 'source' }, resource);
    expect(asked?.recoveryPoint).toBe(newer.recoveryPoint);
  });

  it('is not taken without being asked for where there is nothing else, and people are told how', () => {
    expect(() => chooseCopies([source], {}, resource)).toThrow(
      /no verified recovery point in a vault; .* ask for it with --from source/,
    );
  });

  it('is not the nearest copy of a recovery point where it was not made at the moment that the vault knows', () => {
    const planted = madeAt(source, '2026-11-25T09:00:00Z');
    expect(chooseCopies([planted, secure], {}, resource).map(({ place }) => place)).toEqual(['secure']);
  });
});

it('nothing is restored of what is not believed, and people are told why', () => {
  const doubted = { ...secure, doubt: 'it lies elsewhere' };
  expect(chooseCopies([doubted, older], {}, resource)).toEqual([older]);
  expect(() => chooseCopies([doubted], { point: doubted.recoveryPoint }, resource)).toThrow('it lies elsewhere');
});
