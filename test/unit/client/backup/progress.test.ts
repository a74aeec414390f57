import { renderProgress } from '../../../../src/client/backup/progress';
import {
  type LegSnapshot,
  type RecoveryPointSnapshot,
  type SnapshotState,
} from '../../../../src/client/backup/recoveryPointSnapshot';

const scheduledTime = '2026-11-21T02:00:00Z';
const snapshot = (id: string, state: SnapshotState, legs: LegSnapshot[], reason?: string): RecoveryPointSnapshot => ({
  resource: { kind: 'aurora-cluster', account: '999999999999', region: 'eu-west-1', id },
  scheduledTime,
  state,
  percent: 0,
  legs,
  ...(reason === undefined ? {} : { reason }),
});

async function* sequence(...snapshots: RecoveryPointSnapshot[]) {
  yield* snapshots;
}

class Screen {
  text = '';
  constructor(
    readonly isTTY: boolean,
    readonly columns = 100,
    readonly rows = 24,
  ) {}

  write(text: string) {
    this.text += text;
  }

  /** What stands on the screen at the end: each picture replaces the one before. */
  get picture(): string {
    // eslint-disable-next-line no-control-regex
    return this.text.split(/\u001b\[\d+A\u001b\[0J/).at(-1) ?? '';
  }
}

const still = { color: false, now: () => Date.parse(scheduledTime) };
const done = (leg: string): LegSnapshot => ({ leg, state: 'verified' });

describe('progress without a terminal', () => {
  test('is a line for each leg that changes its state, and one for the end', async () => {
    const screen = new Screen(false);
    await renderProgress(
      sequence(
        snapshot('panda-1', 'queued', []),
        snapshot('panda-1', 'running', [
          { leg: 'snapshot', state: 'running' },
          { leg: 'copy:secure', state: 'pending' },
        ]),
        snapshot('panda-1', 'running', [
          { leg: 'snapshot', state: 'running', percent: 40 },
          { leg: 'copy:secure', state: 'pending' },
        ]),
        snapshot('panda-1', 'waiting', [
          done('snapshot'),
          { leg: 'copy:secure', state: 'waiting', waitingFor: '1/eu-west-1/copies' },
        ]),
        snapshot(
          'panda-1',
          'failed',
          [done('snapshot'), { leg: 'copy:secure', state: 'failed', message: 'no key' }],
          'copy:secure: no key',
        ),
      ),
      screen,
      still,
    );
    const name = '02:00:00 panda-1 (999999999999/eu-west-1):';
    expect(screen.text.trimEnd().split('\n')).toEqual([
      `${name} queued`,
      `${name} snapshot running`,
      `${name} snapshot done`,
      `${name} copy:secure waits for 1/eu-west-1/copies`,
      `${name} copy:secure failed: no key`,
      `${name} failed: copy:secure: no key`,
    ]);
  });
});

describe('a transfer', () => {
  const [gb, mb] = [1e9, 1e6];
  const sending = (bytes: number, percent: number): LegSnapshot => ({
    leg: 'transfer:gcs',
    state: 'running',
    percent,
    transfer: {
      objects: 3,
      totalObjects: 12,
      bytes,
      totalBytes: 5 * gb,
      bytesPerSecond: 80 * mb,
      secondsLeft: (5 * gb - bytes) / (80 * mb),
    },
  });

  test('has a line for each tenth of its bytes where there is no terminal', async () => {
    const screen = new Screen(false);
    const legs = [
      { leg: 'transfer:gcs', state: 'running' } as const,
      sending(0.1 * gb, 2),
      sending(0.6 * gb, 12),
      sending(0.9 * gb, 18),
      sending(4.9 * gb, 98),
      done('transfer:gcs'),
    ];
    await renderProgress(sequence(...legs.map((leg) => snapshot('panda-1', 'running', [leg]))), screen, still);
    const name = '02:00:00 panda-1 (999999999999/eu-west-1): transfer:gcs';
    expect(screen.text.trimEnd().split('\n')).toEqual([
      `${name} running`,
      `${name} 600.0 MB of 5.0 GB, 80.0 MB/s, 55 s left`,
      `${name} 4.9 of 5.0 GB, 80.0 MB/s, 2 s left`,
      `${name} done`,
    ]);
  });

  test('shows bytes, speed and the time left in its cell of the table', async () => {
    const screen = new Screen(true);
    await renderProgress(
      sequence(snapshot('panda-1', 'running', [done('snapshot'), sending(1.2 * gb, 24)])),
      screen,
      still,
    );
    expect(screen.picture.split('\n')).toEqual([
      'resource  state    snapshot  transfer:gcs',
      'panda-1   running  done      1.2 of 5.0 GB, 80.0 MB/s, 48 s left',
      '0 of 1 ended',
      '',
    ]);
  });
});

describe('progress on a terminal', () => {
  test('is a table of resource and leg that replaces itself', async () => {
    const screen = new Screen(true);
    let now = 0;
    const last = await renderProgress(
      sequence(
        snapshot('panda-1', 'running', [{ leg: 'snapshot', state: 'running', percent: 40 }]),
        snapshot('panda-22', 'waiting', [
          { leg: 'snapshot', state: 'waiting' },
          { leg: 'copy:secure', state: 'pending' },
        ]),
        snapshot('panda-1', 'completed', [done('snapshot'), done('copy:secure')]),
      ),
      screen,
      { color: false, now: () => (now += 1000) },
    );
    expect(screen.picture.split('\n')).toEqual([
      'resource  state      snapshot  copy:secure',
      'panda-1   completed  done      done',
      'panda-22  waiting    waiting   ·',
      '1 of 2 ended',
      '',
    ]);
    expect(last.map(({ state }) => state)).toEqual(['completed', 'waiting']);
  });

  test('shows what moves where not everything has room, and says how much it leaves out', async () => {
    const screen = new Screen(true, 100, 8);
    const many = Array.from({ length: 10 }, (_, i) =>
      snapshot(`panda-${i}`, i < 2 ? 'completed' : 'running', [done('snapshot')]),
    );
    const pictures: string[] = [];
    let now = 0;
    await renderProgress(
      (async function* () {
        for (const one of many) {
          yield one;
          pictures.push(screen.picture);
        }
      })(),
      screen,
      { color: false, now: () => (now += 1000) },
    );
    expect(pictures.at(-1)).toContain('2 of 10 ended, 6 more not shown');
    expect(pictures.at(-1)).not.toContain('panda-0');
    // At the end nothing is left out.
    expect(screen.picture).toContain('panda-0');
  });

  test('no line is wider than the terminal', async () => {
    const screen = new Screen(true, 30);
    const legs = ['snapshot', 're-encrypt', 'share:secure', 'copy:secure', 'copy:secure-dr'].map(done);
    await renderProgress(sequence(snapshot('a-name-that-takes-up-much-of-the-line', 'running', legs)), screen, still);
    expect(Math.max(...screen.picture.split('\n').map((line) => line.length))).toBeLessThanOrEqual(30);
  });

  test('says at the end why something failed', async () => {
    const screen = new Screen(true);
    await renderProgress(sequence(snapshot('panda-1', 'failed', [], 'snapshot: quota')), screen, still);
    expect(screen.picture).toContain('failed panda-1 (999999999999/eu-west-1): snapshot: quota');
  });

  test('leaves the last picture when the watch is broken off', async () => {
    const screen = new Screen(true);
    const broken = (async function* () {
      yield snapshot('panda-1', 'running', [{ leg: 'snapshot', state: 'running' }]);
      throw new Error('enough');
    })();
    await expect(renderProgress(broken, screen, still)).rejects.toThrow('enough');
    expect(screen.picture).toContain('panda-1');
  });
});
