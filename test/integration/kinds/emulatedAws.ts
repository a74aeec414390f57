import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { provision } from '../../../sandbox/provision';
import { startAwsEmulator } from '../../../sandbox/servers';
import { AwsAccess, type AwsAccessOptions } from '../../../src/clouds/aws/awsAccess';
import { type Scope } from '../../../src/core/catalogue/copy';

export const owner: Scope = { account: '999999999999', region: 'eu-west-1', access: 'source' };
export const ownerElsewhere: Scope = { ...owner, region: 'eu-central-1' };
export const vault: Scope = { account: '111111111111', region: 'eu-west-1', access: 'vault' };
export const vaultElsewhere: Scope = { ...vault, region: 'eu-central-1' };

const principal = { account: '222222222222', userName: 'farcopy' };
const externalId = 'agreed-with-the-account';
const trusted = { trustedPrincipals: [`arn:aws:iam::${principal.account}:user/${principal.userName}`], externalId };

/** The emulator, and this process's environment pointing the SDK at it. */
export interface EmulatedAws {
  readonly endpoint: string;
  /** Wipes everything and plants the accounts again: two roles, a key in every scope, one the vault may not use. */
  reset(settings?: Readonly<Record<string, unknown>>): Promise<void>;
  seed(document: object): Promise<void>;
  control(method: string, path: string, body?: object): Promise<unknown>;
  access(options?: Partial<AwsAccessOptions>): AwsAccess;
  stop(): Promise<void>;
}

/** Nothing ends by itself within a test. */
const slow = { base: 1_000_000, perGiB: 0 };
const settings = { timeScale: 1, durations: { snapshot: slow, 'copy-same-region': slow, 'copy-cross-region': slow } };

export async function startEmulatedAws(): Promise<EmulatedAws> {
  const { 'aws-emulator': python } = await provision(['aws-emulator']);
  const directory = await mkdtemp(join(tmpdir(), 'farcopy-test-'));
  const server = await startAwsEmulator({ path: python.path, logFile: join(directory, 'aws.log') });
  const before = { ...process.env };
  process.env.AWS_ENDPOINT_URL = server.endpoint;

  const control = async (method: string, path: string, body?: object): Promise<unknown> => {
    const answer = await fetch(`${server.endpoint}/_sandbox/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text) as unknown;
  };
  const key = ({ account, region }: Scope) => ({
    account,
    region,
    alias: 'alias/farcopy',
    grantAccounts: [owner.account, vault.account],
  });

  return {
    endpoint: server.endpoint,
    control,
    seed: async (document) => void (await control('POST', 'seed', document)),
    reset: async (more = {}) => {
      await control('POST', 'reset');
      await control('PATCH', 'settings', { ...settings, ...more });
      const planted = (await control('POST', 'seed', {
        principal,
        roles: [
          { account: owner.account, name: 'farcopy-source', ...trusted },
          { account: vault.account, name: 'farcopy-vault', ...trusted },
          { account: vault.account, name: 'farcopy-lender', ...trusted },
          ...[owner, vault].map(({ account }) => ({ account, name: 'farcopy-restore', ...trusted })),
        ],
        keys: [
          ...[owner, ownerElsewhere, vault, vaultElsewhere].map(key),
          { account: owner.account, region: owner.region, alias: 'alias/private', grantAccounts: [] },
        ],
      })) as { credentials: { accessKeyId: string; secretAccessKey: string } };
      process.env.AWS_ACCESS_KEY_ID = planted.credentials.accessKeyId;
      process.env.AWS_SECRET_ACCESS_KEY = planted.credentials.secretAccessKey;
    },
    access: (options = {}) =>
      new AwsAccess({
        roleArnOf: (access, account) => `arn:aws:iam::${account}:role/farcopy-${access}`,
        externalId,
        sessionName: 'farcopy-test',
        ...options,
      }),
    stop: async () => {
      process.env = before;
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
