import { withShards } from '../../../../src/client/backup/transferSnapshot';
import { transferFigures } from '../../../../src/core/transfer/transferText';

const whole = { objects: 10, totalObjects: 40, ...transferFigures(1_000, 4_000, 100) };
const shard = {
  shard: 1,
  objects: 4,
  bytes: 500,
  totalObjects: 10,
  totalBytes: 1_000,
  bytesPerSecond: 25,
  secondsLeft: 20,
};

it('adds what is on its way to what has come, at the speed of now', () => {
  expect(withShards(whole, [shard, { ...shard, shard: 2, bytesPerSecond: 75 }])).toEqual({
    objects: 18,
    totalObjects: 40,
    bytes: 2_000,
    totalBytes: 4_000,
    bytesPerSecond: 100,
    secondsLeft: 20,
  });
});

it('goes by the speed since the beginning where nobody tells another', () => {
  expect(withShards(whole, [])).toMatchObject({ bytes: 1_000, bytesPerSecond: 10, secondsLeft: 300 });
});

it('never tells of more than there is: a shard is whole a moment before its worker is forgotten', () => {
  expect(
    withShards(
      whole,
      Array.from({ length: 9 }, () => shard),
    ),
  ).toMatchObject({
    objects: 40,
    bytes: 4_000,
    secondsLeft: 0,
  });
});

it('tells no total before the export has been listed', () => {
  const listing = { objects: 0, totalObjects: null, ...transferFigures(0, null, 5) };
  expect(withShards(listing, [])).toMatchObject({ totalBytes: null, bytesPerSecond: 0, secondsLeft: null });
});
