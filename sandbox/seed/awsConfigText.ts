import { type AwsKeyPair } from './emulatorControl';
import {
  defaultRegion,
  principal,
  roleArn,
  scratchAccount,
  scratchRegions,
  vaultAccount,
  visitorRole,
} from './sandboxAccounts';
import { type Seed } from './seed';
import { regionsOf } from './seedRequest';

/** The AWS config file of a sandbox: Farcopy's own user by default, and a profile per account to look into it. */
export function awsConfigText(seed: Seed, endpoint: string, keys: AwsKeyPair): string {
  const own = (heading: string) =>
    `[${heading}]
region = ${defaultRegion}
endpoint_url = ${endpoint}
aws_access_key_id = ${keys.accessKeyId}
aws_secret_access_key = ${keys.secretAccessKey}
`;
  const visitor = (account: string, region: string) =>
    `[profile ${account}]
region = ${region}
endpoint_url = ${endpoint}
role_arn = ${roleArn(account, visitorRole)}
source_profile = ${principal.userName}
`;
  return [
    own('default'),
    own(`profile ${principal.userName}`),
    visitor(vaultAccount, defaultRegion),
    visitor(scratchAccount, scratchRegions[1]),
    ...seed.accounts.map((account) => visitor(account, regionsOf(seed, account)[0] ?? defaultRegion)),
  ].join('\n');
}
