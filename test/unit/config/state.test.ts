import { FleetFileError, FleetNames, parseFleet, policyOf, roleArn } from '../../../src/config';
import { knownKinds } from '../../../src/kinds/registry';
import { fleetText } from './fleetText';

const fleetOf = (state: string) => parseFleet(`${fleetText}${state}`, 'fleet.yaml', { kinds: knownKinds });
const role = 'arn:aws:iam::444444444444:role/farcopy-state';
const s3 = `state: {bucket: "s3://panda-state/farcopy", role: "${role}", region: eu-west-1, lock: {mode: compliance, days: 400}}\n`;

test('a state bucket of S3 is opened by its own role alone, in the account of that role', () => {
  const fleet = fleetOf(s3);
  expect(fleet.state).toEqual({
    bucket: 's3://panda-state/farcopy',
    home: { account: '444444444444', region: 'eu-west-1', role },
    lock: { mode: 'compliance', days: 400 },
  });
  const names = new FleetNames(fleet);
  expect(names.opens('state', '444444444444')).toBe(true);
  expect(names.opens('vault', '444444444444')).toBe(false);
  expect(names.opens('state', '111111111111')).toBe(false);
  expect(roleArn(fleet, 'state', '444444444444')).toBe(role);
  expect(() => roleArn(fleet, 'state', '111111111111')).toThrow(RangeError);
});

test('one of another cloud has no role, and a fleet without one keeps no ledger', () => {
  expect(fleetOf('state: {bucket: "gs://panda-state"}\n').state).toEqual({
    bucket: 'gs://panda-state',
    home: null,
    lock: null,
  });
  expect(fleetOf('').state).toBeNull();
  expect(policyOf(fleetOf(s3), 'critical').ledger).toBe(true);
  expect(policyOf(fleetOf(''), 'critical')).not.toHaveProperty('ledger');
});

test.each([
  ['a bucket of S3 without a role', 'state: {bucket: "s3://panda-state"}\n'],
  ['a bucket for each region', `state: {bucket: "s3://panda-state-{region}", role: "${role}", region: eu-west-1}\n`],
  [
    'a role for every account',
    'state: {bucket: "s3://a-state", role: "arn:aws:iam::{account}:role/a", region: eu-west-1}\n',
  ],
])('%s is refused', (_, state) => {
  expect(() => fleetOf(state)).toThrow(FleetFileError);
});
