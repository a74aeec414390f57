import { chooseCopies } from '../../../../src/core/restore/chooseCopies';
import { copyIn, remote, resource, secure, source } from './cataloguedCopies';

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
    const copies = [{ ...source, verified: null }, { ...secure, temporary: true }, remote];
    expect(chooseCopies(copies, {}, resource).map(({ place }) => place)).toEqual(['secure-dr']);
    expect(() => chooseCopies([{ ...source, verified: null }], {}, resource)).toThrow('(not verified)');
  });

  it('is of the latest recovery point, or the latest before a time, or the one that is named', () => {
    const older = copyIn('secure', '111111111111', 'eu-west-1', {
      recoveryPoint: 'aurora-cluster/999999999999/eu-west-1/shop/2026-11-20T02:00:00Z',
      scheduledTime: '2026-11-20T02:00:00Z',
      dataTime: '2026-11-20T02:03:00Z',
    });
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
    const unproven = { ...source, verified: null };
    expect(chooseCopies([unproven], { point: unproven.recoveryPoint }, resource)).toEqual([unproven]);
  });
});
