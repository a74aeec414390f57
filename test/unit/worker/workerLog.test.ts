import { applicationFailure } from '../../../src/core/applicationFailure';
import { failureTypes } from '../../../src/core/failure';
import { logLine } from '../../../src/worker/workerLog';

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
