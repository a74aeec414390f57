import { discontinuities } from '../../../../src/core/backup/continuity';

const previous = { scheduledTime: '2026-11-20T02:00:00Z', incarnation: 'cluster-A', sizeGiB: 100 };
const told = (plan: Parameters<typeof discontinuities>[0], sizeGiB = 100) =>
  discontinuities(plan, [{ sizeGiB }, { sizeGiB }]).map(({ message }) => message);

test('a database that was deleted and made again under its name, or swapped, is told apart from what it was', () => {
  expect(told({ incarnation: 'cluster-B', previous })).toEqual([
    expect.stringMatching(/^it is another one than at 2026-11-20T02:00:00Z \(cluster-B, then cluster-A\)/),
  ]);
  expect(told({ incarnation: 'cluster-A', previous })).toEqual([]);
});

test('one that has lost a fifth of its size is told, one that breathes is not', () => {
  expect(told({ incarnation: 'cluster-A', previous }, 79)).toEqual([
    'it has shrunk: 79 GiB, and 100 GiB at 2026-11-20T02:00:00Z',
  ]);
  for (const sizeGiB of [80, 100, 200]) expect(told({ incarnation: 'cluster-A', previous }, sizeGiB)).toEqual([]);
});

test('nothing is told where nothing is known of before', () => {
  expect(told({ incarnation: 'cluster-B' }, 1)).toEqual([]);
  expect(told({ incarnation: 'cluster-B', previous: { ...previous, incarnation: null } })).toEqual([]);
  expect(told({ previous })).toEqual([]);
});
