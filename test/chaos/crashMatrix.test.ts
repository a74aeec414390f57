import { crashMatrix } from '../../crashMatrix/matrix';

test('workers killed, the server killed, an answer lost in mid-restore: the clouds end as where nothing was', async () => {
  const rows = ['restore', 'calls', 'server'] as const;
  // One point in the middle of each.
  const report = await crashMatrix({ only: rows, shapes: ['restore'], every: 45 });
  expect(report).toMatchObject({ unstruck: 0, different: [] });
  expect(report.points).toBeGreaterThanOrEqual(rows.length);
}, 180_000);
