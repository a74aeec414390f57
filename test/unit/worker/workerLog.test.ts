import { applicationFailure } from '../../../src/core/applicationFailure';
import { failureTypes } from '../../../src/core/failure';
import { PayloadError } from '../../../src/payloads';
import { logLine, oncePerMinute } from '../../../src/worker/workerLog';

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
      failure: 'Failure { message: "key k …", application_failure_info: { type: "PayloadError" } }',
    });
    expect([told(at(0, { error })), told(core)][1]).toBeNull();
  });

  test('hides no other trouble', () => {
    const told = oncePerMinute();
    const others = [at(1, { error: new Error('boom') }), at(2, { failure: 'Failure { message: "boom" }' }), at(3, {})];
    expect([at(0, { error }), ...others].map(told).slice(1)).toEqual(others);
  });
});
