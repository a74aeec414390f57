import { chooseRecoveryPoint } from '../../../../src/core/drill/drillChoice';

const copies = [
  { recoveryPoint: 'old', dataTime: '2026-11-19T02:03:00Z' },
  { recoveryPoint: 'new', dataTime: '2026-11-21T02:03:00Z' },
  { recoveryPoint: 'new', dataTime: '2026-11-21T02:03:00Z' },
  { recoveryPoint: 'middle', dataTime: '2026-11-20T02:03:00Z' },
];
const draws = [0, 0.2, 0.34, 0.5, 0.67, 0.9, 0.999999];

it('takes the latest by the time of its data, whatever is drawn', () => {
  for (const draw of draws) expect(chooseRecoveryPoint(copies, 'latest', draw)).toBe('new');
});

it('draws each recovery point alike, however many copies it has', () => {
  expect(draws.map((draw) => chooseRecoveryPoint(copies, 'random', draw))).toEqual([
    ...['new', 'new', 'middle', 'middle', 'old', 'old', 'old'],
  ]);
});

it('draws the same of the same copies in another order', () => {
  const reversed = [...copies].reverse();
  for (const draw of draws)
    expect(chooseRecoveryPoint(reversed, 'random', draw)).toBe(chooseRecoveryPoint(copies, 'random', draw));
});

it('has nothing to choose where there is nothing', () => {
  expect(chooseRecoveryPoint([], 'latest', 0)).toBeNull();
  expect(chooseRecoveryPoint([], 'random', 0.5)).toBeNull();
});
