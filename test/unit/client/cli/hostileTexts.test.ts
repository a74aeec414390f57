import { renderProgress } from '../../../../src/client/backup/progress';
import { type RecoveryPointSnapshot } from '../../../../src/client/backup/recoveryPointSnapshot';
import { Output } from '../../../../src/client/cli/output';

/** What a terminal obeys, or an eye is misled by. */
// eslint-disable-next-line no-control-regex -- these are meant
const obeyed = /[\0-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;
const hostile = 'orders\u001b]0;owned\u0007\u001b[2J\u009b31m\r\b\u202egnp.exe\u200b\u2028\ufeff\u{e0041}';

function said(json: boolean, speak: (out: Output) => void): string {
  let all = '';
  const stream = { isTTY: true, write: (text: string) => (all += text) };
  const terminal = {
    ...{ stdout: stream, stderr: stream, environment: {} },
    ...{ now: () => 0, onInterrupt: () => () => undefined },
  };
  speak(new Output(terminal, { json, color: true, utc: true }));
  return all;
}
// eslint-disable-next-line no-control-regex -- what Farcopy itself adds: colours, and where its table is drawn anew
const withoutOwn = (text: string) => text.replace(/\u001b\[(\d+m|\d+A\u001b\[0J)/g, '');

describe('a name of a table, a tag or a message of a cloud', () => {
  test.each<[string, (out: Output) => void]>([
    ['line', (out) => out.line(`differs: ${hostile}`)],
    ['note', (out) => out.note(hostile)],
    ['table', (out) => out.table(['table', hostile], [[hostile, out.state('failed', hostile)]], '')],
    ['columns', (out) => out.rows([hostile, hostile], [{ title: 't', cell: (row) => row, same: (text) => text }], '')],
  ])('is shown in a %s, and not obeyed by the terminal', (_, speak) => {
    const text = withoutOwn(said(false, speak));
    expect(text).not.toMatch(obeyed);
    expect(text).toContain('orders\\u{1b}]0;owned\\u{7}');
  });

  test('colours nothing, for all that Farcopy colours', () => {
    expect(said(false, (out) => out.line('\u001b[32mpassed\u001b[39m'))).toBe('\\u{1b}[32mpassed\\u{1b}[39m\n');
  });

  test('stays what it is in JSON, and is not obeyed there either', () => {
    const text = said(true, (out) => out.document(true, { table: hostile }));
    expect(text).not.toMatch(obeyed);
    expect(text).not.toMatch(/\p{Cf}/u);
    expect(JSON.parse(text)).toEqual({ ok: true, table: hostile });
  });

  test.each([true, false])('moves nothing in the progress of a backup (terminal: %s)', async (isTTY) => {
    const snapshot = {
      resource: { kind: 'aurora-cluster', account: '999999999999', region: 'eu-west-1', id: 'shop' },
      ...{ state: 'failed', reason: hostile },
      steps: [{ step: 'snapshot', state: 'failed', message: hostile }],
    } as unknown as RecoveryPointSnapshot;
    async function* snapshots() {
      yield snapshot;
    }
    let all = '';
    await renderProgress(snapshots(), { isTTY, write: (text) => (all += text) }, { color: true });
    expect(withoutOwn(all)).not.toMatch(obeyed);
    expect(all).toContain('owned');
  });
});
