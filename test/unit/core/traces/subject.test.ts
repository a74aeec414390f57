import { subjectOf } from '../../../../src/core/traces/subject';

const resource = { kind: 'aurora-cluster', account: '999999999999', region: 'eu-west-1', id: 'shop', arn: 'arn:x' };
const identity = { fleet: 'panda', tier: 'standard', resource, scheduledTime: '2026-11-21T02:00:00Z' };

test('a step tells resource, recovery point, tier, step and place', () => {
  const step = { id: 'copy:secure', type: 'copy', place: 'secure', input: { password: 'secret' } };
  expect(subjectOf({ identity, step, source: { arn: 'secret' } })).toEqual({
    'farcopy.fleet': 'panda',
    'farcopy.tier': 'standard',
    'farcopy.resource': 'aurora-cluster/999999999999/eu-west-1/shop',
    'farcopy.recovery_point': 'aurora-cluster/999999999999/eu-west-1/shop/2026-11-21T02:00:00Z',
    'farcopy.step': 'copy:secure',
    'farcopy.step_type': 'copy',
    'farcopy.place': 'secure',
  });
});

test.each([
  [undefined],
  [null],
  ['panda'],
  [{ identity: null, step: 'copy' }],
  [{ resource: { kind: 'x' } }],
  [{ step: { place: { password: 'secret' } } }],
  [{ tier: 'x'.repeat(1000) }],
])('%j tells nothing', (input) => {
  expect(subjectOf(input)).toEqual({});
});

test('a time that is none makes no recovery point, and breaks nothing', () => {
  expect(subjectOf({ resource, scheduledTime: 'now' })).toEqual({
    'farcopy.resource': 'aurora-cluster/999999999999/eu-west-1/shop',
  });
});
