import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { endIfStalled } from '../../../../src/activities/steps/stalled';

/** Failures are the point of these tests. */
const silent = { logger: new DefaultLogger('ERROR', () => undefined) };
const hour = 3600;

/**
 * Looks at an operation again and again, each look told what the one before has written into its heartbeat.
 * @param looks at which hour, and the percentage then
 * @returns the hour of the look that ended the wait, and what was said; and how often a heartbeat was sent
 */
async function lookEvery(
  looks: readonly (readonly [hours: number, percent: number])[],
  expectedSeconds = hour,
  hangsAfterSeconds = 6 * hour,
) {
  let heartbeatDetails: unknown;
  let heartbeats = 0;
  for (const [hours, percent] of looks) {
    const environment = new MockActivityEnvironment(
      { heartbeatDetails, currentAttemptScheduledTimestampMs: hours * hour * 1000 },
      silent,
    );
    environment.on('heartbeat', (details: unknown) => {
      heartbeats += 1;
      heartbeatDetails = details;
    });
    const unfinished = { id: 'export task panda', rawStatus: 'IN_PROGRESS', percent, hangsAfterSeconds };
    const look = async () => endIfStalled(unfinished, expectedSeconds);
    try {
      await environment.run(look);
    } catch (error) {
      return { endedAt: hours, heartbeats, error };
    }
  }
  return { endedAt: null, heartbeats, error: null };
}

const everyQuarter = (until: number, percentAt: (hours: number) => number) =>
  Array.from({ length: until * 4 + 1 }, (_, i) => [i / 4, percentAt(i / 4)] as const);

describe('an operation that stands still', () => {
  it('is given up after the time that its kind gives it, and says where it stood', async () => {
    const { endedAt, error } = await lookEvery(everyQuarter(24, () => 50));
    expect(endedAt).toBe(6.25);
    expect(error).toMatchObject({
      type: 'OperationFailed',
      nonRetryable: true,
      message: 'export task panda hangs: IN_PROGRESS at 50 % for 6 hours',
    });
  });

  it('is waited for until its deadline where its kind gives it no such time', async () => {
    const looks = everyQuarter(24, () => 50);
    const environment = new MockActivityEnvironment({}, silent);
    environment.on('heartbeat', () => {
      throw new Error('nothing is written down');
    });
    const look = async () => endIfStalled({ id: 'panda', rawStatus: 'creating', percent: null }, hour);
    for (const _ of looks) await expect(environment.run(look)).resolves.toBeUndefined();
  });

  it('is given the time that the whole was expected to take, where that is longer', async () => {
    expect(
      (
        await lookEvery(
          everyQuarter(24, () => 0),
          10 * hour,
        )
      ).endedAt,
    ).toBe(10.25);
  });

  it('is counted from where it stopped, to an hour', async () => {
    const { endedAt } = await lookEvery(everyQuarter(24, (hours) => Math.min(40, Math.floor(hours * 20))));
    expect(endedAt).toBeGreaterThanOrEqual(8);
    expect(endedAt).toBeLessThanOrEqual(9.25);
  });
});

describe('an operation that moves', () => {
  it('is waited for, however slow, with a heartbeat an hour at most', async () => {
    const { endedAt, heartbeats } = await lookEvery(everyQuarter(48, (hours) => Math.floor(hours / 5)));
    expect(endedAt).toBeNull();
    expect(heartbeats).toBeLessThanOrEqual(48 / 5 + 1);
    expect((await lookEvery(everyQuarter(48, (hours) => Math.floor(hours * 2)))).heartbeats).toBeLessThanOrEqual(49);
  });
});
