import { crashMatrix } from '../../crashMatrix/matrix';

test('workers or the server killed, an answer lost, at some points of a restore: the clouds end as undisturbed', async () => {
  const report = await crashMatrix({ only: ['restore', 'calls', 'server'], shapes: ['restore'], every: 40, lanes: 3 });
  expect(report).toEqual({ points: 5, unstruck: 0, different: [] });
}, 180_000);
