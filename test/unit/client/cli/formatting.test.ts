import { emptyText } from '../../../../src/client/cli/commands/copies';
import { latestText } from '../../../../src/client/cli/commands/status';
import { Output } from '../../../../src/client/cli/output';
import { tableText } from '../../../../src/client/cli/tables/table';
import { timeText } from '../../../../src/client/cli/timeText';
import { durationText } from '../../../../src/client/cli/durationText';
import { limited } from '../../../../src/client/cli/rowLimit';

describe('times for people', () => {
  const time = '2026-11-21T22:30:13.987Z';

  test.each([
    [60, '2026-11-21 23:30:13 +01:00'],
    [120, '2026-11-22 00:30:13 +02:00'],
    [-210, '2026-11-21 19:00:13 -03:30'],
    [0, '2026-11-21 22:30:13 +00:00'],
  ])('stand in the local time zone with its offset of %i minutes', (offset, expected) => {
    expect(timeText(time, false, () => offset)).toBe(expected);
  });

  test('or in UTC', () => {
    expect(timeText(time, true, () => 60)).toBe('2026-11-21 22:30:13 UTC');
  });

  test('what is no time is shown as it is: someone may have changed a tag', () => {
    expect(timeText('soon', true)).toBe('soon');
  });
});

test('durations are told in seconds below two minutes, then in minutes', () => {
  expect([0, 59.6, 119, 121, 3700, 90_000].map(durationText)).toEqual(['0s', '1m', '1m59s', '2m', '1h2m', '1d1h']);
});

describe('tables', () => {
  test('columns are as wide as their widest cell, and nothing is cut', () => {
    const long = 'x'.repeat(200);
    expect(
      tableText(
        ['id', 'state'],
        [
          ['panda-cluster-1', 'ok'],
          ['é', long],
        ],
        (t) => t,
      ),
    ).toBe(`id               state\npanda-cluster-1  ok\né                ${long}\n`);
  });

  test('a column that has no room left for words goes altogether', () => {
    const rows = [['panda-cluster-1', 'x'.repeat(40)]];
    const [titles, row] = tableText(['id', 'why'], rows, (t) => t, 28).split('\n');
    expect([titles, row]).toEqual(['id', 'panda-cluster-1']);
  });

  test('colour takes no room', () => {
    const red = { text: 'failed', paint: (text: string) => `\u001b[31m${text}\u001b[39m` };
    const [, first, second] = tableText(
      ['state', 'why'],
      [
        [red, 'a'],
        ['waiting', 'b'],
      ],
      (t) => t,
    ).split('\n');
    expect(first).toBe('\u001b[31mfailed\u001b[39m   a');
    expect(second).toBe('waiting  b');
  });
});

test('a limit of 0 shows all', () => {
  expect(limited([1, 2, 3], 2)).toEqual([1, 2]);
  expect(limited([1, 2, 3], 0)).toEqual([1, 2, 3]);
});

describe('the answer of a command', () => {
  const output = (json: boolean, isTTY: boolean, environment = {}, color = true) => {
    const said = { stdout: '', stderr: '' };
    const stream = (name: keyof typeof said) => ({ isTTY, write: (text: string) => (said[name] += text) });
    const terminal = {
      stdout: stream('stdout'),
      stderr: stream('stderr'),
      environment,
      now: () => 0,
      onInterrupt: () => () => undefined,
    };
    return { said, out: new Output(terminal, { json, color, utc: true }) };
  };
  const speak = (out: Output) => {
    out.line('words');
    out.table(['a'], [[out.state('failed')]], 'none');
    out.note('progress');
    out.document(true, { a: 1 });
  };

  test('in JSON is one document on stdout, and progress on stderr', () => {
    const { out, said } = output(true, true);
    speak(out);
    expect(JSON.parse(said.stdout)).toEqual({ ok: true, a: 1 });
    expect(said.stderr).toBe('progress\n');
    expect(() => out.document(true, {})).toThrow('one JSON document');
  });

  test('for people is words, and no document', () => {
    const { out, said } = output(false, false);
    speak(out);
    expect(said.stdout).toBe('words\na\nfailed\n');
  });

  test.each([
    [true, {}, true, true],
    [false, {}, true, false],
    [true, { NO_COLOR: '1' }, true, false],
    [true, {}, false, false],
  ])('is coloured on a terminal only, unless told otherwise (%p %p %p)', (isTTY, environment, color, colored) => {
    const { out, said } = output(false, isTTY, environment, color);
    speak(out);
    expect(said.stdout.includes('\u001b[31mfailed')).toBe(colored);
  });
});

describe('what is not there', () => {
  test('a name or place without copies does not read as a fleet without copies', () => {
    expect(emptyText(9, 0)).toBe('None of the 9 copies of the fleet is of what was named.');
    expect(emptyText(0, 2)).not.toContain('There are no copies');
    expect(emptyText(0, 0)).toBe('There are no copies.');
  });

  test('a lifecycle that does not answer does not read as one without a recovery point', () => {
    expect(latestText({ lifecycle: null, glance: null }, { shortTime: String })).toBe('?');
  });
});
