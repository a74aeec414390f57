import { renderProgress } from '../../../../src/client/backup/progress';
import {
  type RecoveryPointSnapshot,
  type SnapshotState,
  type StepSnapshot,
} from '../../../../src/client/backup/recoveryPointSnapshot';

const scheduledTime = '2026-11-21T02:00:00Z';
const snapshot = (id: string, state: SnapshotState, steps: StepSnapshot[], reason?: string): RecoveryPointSnapshot => ({
  resource: { kind: 'aurora-cluster', account: '999999999999', region: 'eu-west-1', id },
  scheduledTime,
  state,
  percent: 0,
  steps,
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
const done = (step: string): StepSnapshot => ({ step, state: 'done' });

describe('progress without a terminal', () => {
  test('is a line for each step that changes its state, and one for the end', async () => {
    const screen = new Screen(false);
    await renderProgress(
      sequence(
        snapshot('panda-1', 'queued', []),
        snapshot('panda-1', 'running', [
          { step: 'snapshot', state: 'running' },
          { step: 'copy:secure', state: 'pending' },
        ]),
        snapshot('panda-1', 'running', [
          { step: 'snapshot', state: 'running', percent: 40 },
          { step: 'copy:secure', state: 'pending' },
        ]),
        snapshot('panda-1', 'waiting', [
          done('snapshot'),
          { step: 'copy:secure', state: 'waiting', waitingFor: '1/eu-west-1/copies' },
        ]),
        snapshot(
          'panda-1',
          'failed',
          [done('snapshot'), { step: 'copy:secure', state: 'failed', message: 'no key' }],
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
      // The reason stands one line above.
      `${name} failed`,
    ]);
  });

  test('tells a reason that no step has told', async () => {
    const screen = new Screen(false);
    const failed: StepSnapshot = { step: 'a', state: 'failed', message: 'no key' };
    await renderProgress(
      sequence(snapshot('panda-1', 'partially-failed', [failed, done('b')], 'a: no key; b: a table is missing')),
      screen,
      still,
    );
    expect(screen.text.trimEnd().split('\n').at(-1)).toMatch(/: partially-failed: b: a table is missing$/);
  });

  test('says why a step waits or is tried again, since when, how often and when next; again when that doubles', async () => {
    const screen = new Screen(false);
    const tried = (attempts: number, message = 'no answer'): StepSnapshot => ({
      step: 'copy:secure',
      state: 'starting',
      since: '2026-11-21T01:50:00Z',
      trouble: { attempts, message, since: '2026-11-21T01:50:00Z', last: null, next: '2026-11-21T02:05:00Z' },
    });
    const busy: StepSnapshot = {
      step: 'copy:secure',
      state: 'waiting',
      waitingFor: 'a busy resource',
      since: '2026-11-21T01:40:00Z',
      next: '2026-11-21T02:03:00Z',
      message: 'it is modifying',
    };
    const busyStill = { ...busy, next: '2026-11-21T02:08:00Z' };
    await renderProgress(
      sequence(
        ...[busy, busyStill, tried(1), tried(2), tried(3), tried(4), tried(4, 'refused')].map((step) =>
          snapshot('panda-1', 'running', [step]),
        ),
      ),
      screen,
      still,
    );
    const name = '02:00:00 panda-1 (999999999999/eu-west-1): copy:secure';
    expect(screen.text.trimEnd().split('\n')).toEqual([
      `${name} waits for a busy resource since 01:40:00, next 02:03:00: it is modifying`,
      `${name} starting, tried once since 01:50:00, next 02:05:00: no answer`,
      `${name} starting, tried 2 times since 01:50:00, next 02:05:00: no answer`,
      `${name} starting, tried 4 times since 01:50:00, next 02:05:00: no answer`,
      `${name} starting, tried 4 times since 01:50:00, next 02:05:00: refused`,
    ]);
  });
});

describe('a transfer', () => {
  const [gb, mb] = [1e9, 1e6];
  const sending = (bytes: number, percent: number): StepSnapshot => ({
    step: 'transfer:gcs',
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
    const steps = [
      { step: 'transfer:gcs', state: 'running' } as const,
      sending(0.1 * gb, 2),
      sending(0.6 * gb, 12),
      sending(0.9 * gb, 18),
      sending(4.9 * gb, 98),
      done('transfer:gcs'),
    ];
    await renderProgress(sequence(...steps.map((step) => snapshot('panda-1', 'running', [step]))), screen, still);
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
  test('is a table of resource and step that replaces itself', async () => {
    const screen = new Screen(true);
    let now = 0;
    const last = await renderProgress(
      sequence(
        snapshot('panda-1', 'running', [{ step: 'snapshot', state: 'running', percent: 40 }]),
        snapshot('panda-22', 'waiting', [
          { step: 'snapshot', state: 'waiting' },
          { step: 'copy:secure', state: 'pending' },
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
      'panda-22: snapshot waits for its turn',
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
    const steps = ['snapshot', 're-encrypt', 'share:secure', 'copy:secure', 'copy:secure-dr'].map(done);
    await renderProgress(sequence(snapshot('a-name-that-takes-up-much-of-the-line', 'running', steps)), screen, still);
    expect(Math.max(...screen.picture.split('\n').map((line) => line.length))).toBeLessThanOrEqual(30);
  });

  test('says below the table why steps wait or are tried again, each reason once', async () => {
    const screen = new Screen(true, 60);
    const waits: StepSnapshot = { step: 'copy:secure', state: 'waiting', waitingFor: '1/eu-west-1/copies' };
    const tried: StepSnapshot = {
      step: 'snapshot',
      state: 'starting',
      trouble: { attempts: 6, message: 'nothing answers in that region', since: null, last: null, next: null },
    };
    await renderProgress(
      sequence(
        ...['panda-1', 'panda-2', 'panda-3'].map((id) => snapshot(id, 'waiting', [waits])),
        snapshot('panda-4', 'running', [tried]),
      ),
      screen,
      still,
    );
    expect(screen.picture.split('\n').slice(4)).toEqual([
      'panda-4   running               starting, try 7',
      '0 of 4 ended',
      'panda-1 and 2 more: copy:secure waits for 1/eu-west-1/copies',
      'panda-4: snapshot starting, tried 6 times: nothing answers',
      '  in that region',
      '',
    ]);
  });

  test('tells equally named resources apart by as much of their paths as that takes', async () => {
    const screen = new Screen(true);
    const one = snapshot('panda-1', 'running', []);
    await renderProgress(
      sequence(
        one,
        { ...one, resource: { ...one.resource, region: 'eu-north-1' } },
        snapshot('panda-2', 'running', []),
      ),
      screen,
      still,
    );
    expect(screen.picture).toContain('eu-west-1/panda-1  ');
    expect(screen.picture).toContain('eu-north-1/panda-1');
    expect(screen.picture).toMatch(/^panda-2 /m);
  });

  test('says at the end why something failed', async () => {
    const screen = new Screen(true);
    await renderProgress(sequence(snapshot('panda-1', 'failed', [], 'snapshot: quota')), screen, still);
    expect(screen.picture).toContain('failed panda-1 (999999999999/eu-west-1): snapshot: quota');
  });

  test('leaves the last picture when the watch is broken off', async () => {
    const screen = new Screen(true);
    const broken = (async function* () {
      yield snapshot('panda-1', 'running', [{ step: 'snapshot', state: 'running' }]);
      throw new Error('enough');
    })();
    await expect(renderProgress(broken, screen, still)).rejects.toThrow('enough');
    expect(screen.picture).toContain('panda-1');
  });
});
