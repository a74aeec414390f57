import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FleetFileError, loadFleet, parseFleet } from '../../../../src/config';
import { knownKinds } from '../../../../src/kinds/registry';
import { cpuSecondsOf } from '../cpuSeconds';
import { thrownBy } from '../thrownBy';

const mebibyte = 1_048_576;
const upTo = (piece: string) => piece.repeat(Math.floor((mebibyte - 20) / piece.length));
const lines = (count: number, line: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i)).join('\n');

const laughs = ['a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]']
  .concat([...'bcdefghi'].map((key, i) => `${key}: &${key} [${Array(9).fill(`*${'abcdefgh'[i]}`).join(', ')}]`))
  .join('\n');

const bombs: Readonly<Record<string, string>> = {
  'a billion laughs': laughs,
  'aliases without end': `a: &a 1\nb: [${'*a, '.repeat(14_000)}1]`,
  'lists in lists': upTo('['),
  'maps in maps': upTo('{a: '),
  'dashes in dashes': '- '.repeat(25_000),
  'keys in keys': '? '.repeat(20_000),
  'documents without end': upTo('---\n'),
  'eight thousand keys': lines(8_000, (i) => `k${i}: 1`),
  'fifty thousand errors': ']'.repeat(50_000),
  'escapes that are none': `fleet: "${'\\x'.repeat(50_000)}"`,
  'directives without end': '%a\n'.repeat(19_000),
  'a long text': `fleet: ${upTo('p').slice(20)}`,
  'a long comment': `#${upTo('#')}`,
  'blank lines': upTo('\n'),
  'thousands of tiers': `tiers:\n${lines(3_500, (i) => `  t${i}: {schedule: "0 0 30 2 *"}`)}`,
  'thousands of unknown keys': `tiers:\n  a:\n${lines(7_000, (i) => `    rp${i}: 1`)}`,
  'many schedules': `tiers:\n${lines(50, (i) => `  t${i}: {rpo: 1m, route: [a], retention: {minimum: 1}, timezone: Europe/Vienna, schedule: "${i} 0 29 2 *"}`)}`,
};

describe('a fleet file built to exhaust its reader', () => {
  it.each(Object.keys(bombs))('ends with a refusal within 10 seconds: %s', (name) => {
    let error: unknown;
    const seconds = cpuSecondsOf(
      () => (error = thrownBy(() => parseFleet(bombs[name] ?? '', 'bomb.yaml', { kinds: knownKinds }))),
    );
    expect(seconds).toBeLessThan(10);
    expect(error).toBeInstanceOf(FleetFileError);
    expect((error as FleetFileError).message.length).toBeLessThan(10_000);
  });

  it('tells at most twenty faults, and how many more there are', () => {
    const error = thrownBy(() =>
      parseFleet(bombs['thousands of unknown keys'] ?? '', 'bomb.yaml', { kinds: knownKinds }),
    );
    expect(error).toMatchObject({
      issues: { length: 20 },
      message: expect.stringMatching(/… and \d{4} more$/) as unknown,
    });
  });

  describe('on disk', () => {
    let folder: string;
    beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'farcopy-'))));
    afterEach(() => rmSync(folder, { recursive: true }));

    it('is not parsed when larger than 1 MiB', () => {
      const file = join(folder, 'fleet.yaml');
      writeFileSync(file, '[\n'.repeat(5 * mebibyte));
      const refuse = () =>
        expect(() => loadFleet(file, { kinds: knownKinds })).toThrow(`${file}:1:1: is larger than 1 MiB`);
      expect(cpuSecondsOf(refuse)).toBeLessThan(0.5);
    });

    it('is read up to the limit when it is a device without end', () => {
      expect(() => loadFleet('/dev/zero', { kinds: knownKinds })).toThrow('/dev/zero:1:1: is larger than 1 MiB');
    });

    it.each([
      ['missing.yaml', 'there is no such file'],
      ['.', 'it is a directory'],
    ])('cannot be read: %s', (name, reason) => {
      expect(() => loadFleet(join(folder, name), { kinds: knownKinds })).toThrow(`cannot be read: ${reason}`);
    });
  });
});
