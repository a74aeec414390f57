import { differences, normalJson, normalText, type Run } from '../../../crashMatrix/normal';

const one: Run = { subject: 'subject-00001', scheduledTime: '2026-11-21T02:00:00Z' };
const other: Run = { subject: 'subject-00002', scheduledTime: '2026-11-21T02:05:00Z' };
const snapshot = ({ subject, scheduledTime }: Run, print: string, place: string) => ({
  id: `farcopy-${subject}-${scheduledTime.replace(/[-:]/g, '').toLowerCase()}-${print}`,
  tags: { 'farcopy:place': place, 'farcopy:verified': `exists ${scheduledTime.replace('00Z', '31.123Z')}` },
  tookSeconds: Number(print.length),
});

it('finds two runs of the same shape alike', () => {
  expect(normalJson(snapshot(one, '0m4t58u4l6598', 'secure'), one)).toEqual(
    normalJson(snapshot(other, '1111111111111', 'secure'), other),
  );
});

it('keeps what one of them has and the other has not', () => {
  expect(normalJson(snapshot(one, '0m4t58u4l6598', 'secure'), one)).not.toEqual(
    normalJson(snapshot(other, '0m4t58u4l6598', 'source'), other),
  );
});

it('keeps the checksums of tables, and only those', () => {
  const entry = (key: string, crc32c: string) => normalJson({ key, bytes: 3, crc32c }, one);
  expect(entry('part.parquet', '00000001')).not.toEqual(entry('part.parquet', '00000002'));
  expect(entry('info.json', '00000001')).toEqual(entry('info.json', '00000002'));
});

it('names what is this run’s own', () => {
  expect(normalText('snapshot:farcopy-subject-00001-20261121t020000z-0m4t58u4l6598', one)).toBe(
    'snapshot:farcopy-<subject>-<scheduled>-<print>',
  );
});

it('counts what stands there twice', () => {
  expect(differences(['a', 'b'], ['b', 'a'])).toEqual([]);
  expect(differences(['a', 'b'], ['a', 'a'])).toEqual(['missing: b', 'too much: a']);
});
