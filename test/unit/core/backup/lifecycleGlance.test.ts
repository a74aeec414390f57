import { Lifecycle } from '../../../../src/core/backup/lifecycle';
import { glanceOf, readGlance } from '../../../../src/core/backup/lifecycleGlance';
import { keyword } from '../../../../src/core/searchAttributes';
import { policy } from '../../kinds/steps/routes';

const resource = {
  kind: 'aurora-cluster',
  account: '999999999999',
  region: 'eu-west-1',
  id: 'panda-cluster-1',
  arn: 'arn:aws:rds:eu-west-1:999999999999:cluster:panda-cluster-1',
} as const;

describe('what a list of workflows tells of a lifecycle', () => {
  const now = Date.parse('2026-11-21T04:00:00Z');
  const ended = (reason: string | null) => {
    const lifecycle = Lifecycle.begin(resource, policy(), now);
    const scheduledTime = '2026-11-21T03:00:00Z';
    lifecycle.request({ scheduledTime, policy: policy(), force: false });
    lifecycle.begin();
    lifecycle.end({ scheduledTime, state: 'failed', endedAt: '2026-11-21T03:30:00Z', reason }, {});
    return lifecycle.state;
  };

  test('is read as it was written, and small however long a reason is', () => {
    const glance = glanceOf(ended('🐼'.repeat(1000)));
    expect(readGlance(JSON.parse(JSON.stringify(glance)))).toEqual(glance);
    expect(Buffer.byteLength(JSON.stringify(glance))).toBeLessThan(1500);
    expect(glance.rpoSeconds).toBe(policy().rpoSeconds);
  });

  test('a memo that somebody else has made up is none', () => {
    const glance = glanceOf(ended(null));
    for (const wrong of [
      null,
      7,
      {},
      { ...glance, protectedSince: 'soon' },
      { ...glance, latest: { state: 'failed' } },
    ])
      expect(readGlance(wrong)).toBeNull();
  });
});

test('no text that is cut, or came so, puts half a character into a command, which would end the worker', () => {
  expect(keyword(`${'x'.repeat(253)}🐼🐼`).isWellFormed()).toBe(true);
  expect(keyword('\uD83D').isWellFormed()).toBe(true);
  expect(keyword('🐼'.repeat(200))).toHaveLength(255);
});
