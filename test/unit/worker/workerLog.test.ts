import { applicationFailure } from '../../../src/core/applicationFailure';
import { failureTypes } from '../../../src/core/failure';
import { PayloadError } from '../../../src/payloads';
import { jsonLine, lineLogger, logLine, oncePerMinute } from '../../../src/worker/workerLog';

const entry = (meta: Record<string, unknown>) =>
  logLine({ level: 'WARN', message: 'Activity failed', timestampNanos: 1_795_000_000_123_000_000n, meta });

describe('the log of a worker', () => {
  test('says in one line what failed, where, and why', () => {
    const error = applicationFailure(failureTypes.configuration, 'snapshot x: the role may not\nread it', {
      cause: new Error('AccessDenied'),
      details: { place: 'here' },
    });
    expect(entry({ error, activityType: 'planBackup', workflowId: 'recovery-point/a b', attempt: 3 })).toBe(
      '2026-11-18T11:06:40.123Z WARN Activity failed: Configuration: snapshot x: the role may not\\u{a}read it; ' +
        'caused by Error: AccessDenied activityType=planBackup workflowId="recovery-point/a b" attempt=3',
    );
  });

  test('obeys nothing that is written into it', () => {
    const line = entry({ error: new Error('\u001b[2J\n2026 INFO all is well'), table: 'a\u202eb', circle: 1n });
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(line.split('\n')).toHaveLength(1);
  });
});

describe('the log of a worker in JSON', () => {
  const at = { level: 'WARN', message: 'Activity failed', timestampNanos: 1_795_000_000_123_000_000n } as const;
  const read = (meta: Record<string, unknown>, of: Partial<typeof at> = {}) =>
    JSON.parse(jsonLine({ ...at, ...of, meta })) as Record<string, unknown>;
  const recoveryPoint = 'aurora-cluster/999999999999/eu-west-1/shop/2026-11-21T02:00:00Z';

  test('names time, level, message, workflow, run, activity, queue and recovery point', () => {
    const entry = {
      taskQueue: 'farcopy-panda',
      workflowId: `recovery-point/${recoveryPoint}`,
      workflowRunId: 'r',
      workflowType: 'createRecoveryPoint',
      activityType: 'startStep',
      attempt: 3,
    };
    const line = read(entry);
    expect(line).toEqual({
      time: '2026-11-18T11:06:40.123Z',
      level: 'WARN',
      message: 'Activity failed',
      taskQueue: 'farcopy-panda',
      workflowId: entry.workflowId,
      runId: 'r',
      workflowType: 'createRecoveryPoint',
      activityType: 'startStep',
      attempt: 3,
      recoveryPoint,
    });
    expect(Object.keys(line).slice(0, 3)).toEqual(['time', 'level', 'message']);
    expect(read({ workflowId: 'protect/aurora-cluster/999999999999/eu-west-1/shop' })).not.toHaveProperty(
      'recoveryPoint',
    );
  });

  test('has a failure with its causes, and where one comes from that Farcopy has no words for', () => {
    const error = applicationFailure(failureTypes.configuration, 'snapshot x: refused', {
      cause: new Error('AccessDenied'),
    });
    expect(read({ error }).error).toEqual({
      type: 'Configuration',
      message: 'snapshot x: refused',
      cause: { type: 'Error', message: 'AccessDenied' },
    });
    expect(read({ error: new TypeError('boom') }).error).toMatchObject({
      type: 'TypeError',
      stack: expect.stringContaining('workerLog.test') as string,
    });
    expect(read({ error: 'text' }).error).toEqual({ type: 'Error', message: 'text' });
  });

  test('loses nothing that is called as its own fields are, and lets nobody write those', () => {
    const line = read({ message: '1 of 1 completed', time: 'then', level: 'INFO', recoveryPoint: 'mine' });
    expect(line).toMatchObject({ time: '2026-11-18T11:06:40.123Z', level: 'WARN', message: 'Activity failed' });
    expect(line.more).toEqual({ message: '1 of 1 completed', time: 'then', level: 'INFO' });
  });

  test('is one line in which nothing is obeyed, whatever stands in it', () => {
    const circle: Record<string, unknown> = { big: 1n };
    circle.circle = circle;
    const hostile = '\u001b[2J\n\u202e\u0085\u2028"}\ud800';
    const line = jsonLine({
      ...at,
      message: hostile,
      meta: { error: new Error(hostile), [hostile]: hostile, circle, big: 1n, none: undefined },
    });
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}]/u);
    expect(JSON.parse(line)).toMatchObject({ message: hostile, big: '1', error: { message: hostile } });
  });
});

test('a queue that is served in part by design is no warning', () => {
  const lines: string[] = [];
  const logger = lineLogger('text', (line) => lines.push(line));
  logger.warn('No workflows registered, not polling for workflow tasks', { taskQueue: 'farcopy-panda-transfer' });
  logger.info('No Nexus services registered, not polling for Nexus tasks');
  logger.warn('Activity failed');
  expect(lines).toEqual([expect.stringContaining('Activity failed')]);
});

test.each(['text', 'json'] as const)('no log in %s tells task tokens, by which others end activities', (format) => {
  const lines: string[] = [];
  lineLogger(format, (line) => lines.push(line)).warn('x', { taskToken: 'tokentoken', attempt: 1 });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/attempt.*1.*\n$/);
  expect(lines[0]).not.toContain('tokentoken');
});

describe('trouble with the key of payloads', () => {
  const at = (seconds: number, meta: Record<string, unknown>) => ({
    level: 'ERROR' as const,
    message: 'Failed to process Workflow Activation',
    timestampNanos: BigInt(seconds) * 1_000_000_000n,
    meta,
  });
  const error = new PayloadError('unreachable', 'key k cannot be used now', 'wait');

  test('is told once a minute, however many tasks meet it, with how many did', () => {
    const told = oncePerMinute();
    const lines = [0, 1, 2, 59, 60, 61].map((seconds) => told(at(seconds, { error, runId: 'r' })));
    expect(lines.map((entry) => entry?.meta ?? null)).toEqual([
      { error },
      null,
      null,
      null,
      { error, metBesides: 3 },
      null,
    ]);
  });

  test('is not told once more by the core of Temporal, which repeats it as a text', () => {
    const told = oncePerMinute();
    const core = at(1, {
      failure:
        'Failure { message: "key k cannot be used now; wait", application_failure_info: { type: "PayloadError" } }',
    });
    expect([told(at(0, { error })), told(core)][1]).toBeNull();
  });

  test('of one kind, or with one key, hides none of another', () => {
    const told = oncePerMinute();
    const others = [
      new PayloadError('unreachable', 'key other cannot be used now', 'wait'),
      new PayloadError('damaged', 'a payload under key k is not what was written', 'look'),
      new PayloadError('foreign', 'a payload is encrypted under key k, which this process does not use', 'add it'),
    ];
    const lines = [error, ...others, ...others, error].map((one, seconds) => told(at(seconds, { error: one })));
    expect(lines.map((line) => line !== null)).toEqual([true, true, true, true, false, false, false, false]);
  });

  test('hides no other trouble', () => {
    const told = oncePerMinute();
    const others = [at(1, { error: new Error('boom') }), at(2, { failure: 'Failure { message: "boom" }' }), at(3, {})];
    expect([at(0, { error }), ...others].map(told).slice(1)).toEqual(others);
  });
});
