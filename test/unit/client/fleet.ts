import { type Fleet, parseFleet } from '../../../src/config';
import { knownKinds } from '../../../src/kinds/registry';

/** A fleet of two accounts and three places, `extra` lines added at its end. */
export function fleetOf(
  extra = '',
  tiers = '  standard: {schedule: "0 2 * * *", rpo: 26h, route: [secure, secure-dr], retention: {daily: 14, minimum: 2}}',
): Fleet {
  return parseFleet(
    `
fleet: panda
roles: {source: "arn:aws:iam::{account}:role/farcopy-source", vault: "arn:aws:iam::{account}:role/farcopy-vault"}
accounts:
  - {id: "999999999999", regions: [eu-west-1]}
  - {id: "888888888888", regions: [eu-west-1]}
vaults:
  secure: {account: "111111111111", key: alias/farcopy}
  secure-dr: {account: "111111111111", region: eu-central-1, key: alias/farcopy}
select:
  - {kind: aurora-cluster, tags: {backup: "true"}, tier: standard}
tiers:
${tiers}
${extra}
`,
    'fleet.yaml',
    { kinds: knownKinds },
  );
}
