import { type Stack } from './cloudFormation';
import { type SeedRequest } from './emulatorControl';
import {
  archiveBucket,
  defaultRegion,
  exportBucket,
  externalId,
  keyAlias,
  lenderRole,
  markerRole,
  principal,
  principalArn,
  prunerRole,
  restoreRole,
  roleArn,
  scratchAccount,
  scratchNetwork,
  scratchRegions,
  secondRegion,
  sourceRole,
  stateBucket,
  stateRole,
  vaultAccount,
  vaultRole,
  visitorRole,
} from './sandboxAccounts';
import { type Seed } from './seed';
import { plantedBy } from './templates';

/**
 * Everything the emulator needs for a seed: Farcopy's user, the roles it assumes and the keys, as the templates of
 * `deploy/cloudformation` make them, and the databases.
 */
export function seedRequest(seed: Seed): SeedRequest {
  const everywhere = [...seed.accounts, vaultAccount, scratchAccount];
  const { roles, keys } = plantedBy(stacksOf(seed));
  const key = { grantAccounts: [], alias: keyAlias };
  return {
    principal: { ...principal, policies: { 'farcopy-worker': workerPolicy } },
    roles: [
      ...roles,
      ...everywhere.map((account) => ({
        account,
        name: visitorRole,
        trustedPrincipals: [principalArn],
        policies: { everything: allow('*') },
      })),
    ],
    keys: [...keys, ...scratchRegions.map((region) => ({ ...key, account: scratchAccount, region }))],
    networks: scratchRegions.map((region) => ({ account: scratchAccount, region, name: scratchNetwork })),
    resources: seed.resources.map(({ sizeGb, data: _, ...resource }) => ({ ...resource, sizeGiB: sizeGb })),
    ...(seed.denials === undefined ? {} : { denials: seed.denials }),
    organization: { accounts: seed.accounts.map((id) => ({ id, name: `account ${id}` })) },
  };
}

/** The stacks that somebody would deploy who follows deploy/README.md. */
export function stacksOf(seed: Seed): Stack[] {
  const common = { WorkerPrincipalArn: principalArn, ExternalId: externalId };
  return [
    ...seed.accounts.flatMap((account) => {
      const regions = regionsOf(seed, account);
      const [first = defaultRegion] = regions;
      const parameters = {
        ...common,
        VaultAccountIds: vaultAccount,
        RoleRegion: first,
        // Whichever account is the organisation's own.
        OrganizationAccount: 'true',
        NotificationTopicArns: `arn:aws:sns:*:${account}:*`,
      };
      return [
        ...regions.map((region): Stack => ({ template: 'source-account', account, region, parameters })),
        restoreStack(account, first, restoredNames),
        retentionStack(account, first, { OrganizationAccount: 'true' }),
      ];
    }),
    ...vaultRegions(seed).map((region): Stack => ({
      template: 'vault-account',
      account: vaultAccount,
      region,
      parameters: {
        ...common,
        SourceAccountIds: seed.accounts.join(','),
        RoleRegion: defaultRegion,
        RestoreRoleArns: [...seed.accounts, scratchAccount].map((id) => roleArn(id, restoreRole)).join(','),
        ExportBuckets: exportBucket('*', '*'),
        VaultBuckets: archiveBucket('*'),
      },
    })),
    retentionStack(vaultAccount, defaultRegion, {
      ExportBuckets: exportBucket('*', '*'),
      VaultBuckets: archiveBucket('*'),
    }),
    restoreStack(scratchAccount, defaultRegion, '*'),
    {
      template: 'state-bucket',
      account: vaultAccount,
      region: defaultRegion,
      parameters: { ...common, BucketName: stateBucket('*') },
    },
  ];
}

/** Names under which databases are restored beside those in use. */
export const restoredNames = '*-restored*';

function restoreStack(account: string, region: string, names: string): Stack {
  return {
    template: 'restore-account',
    account,
    region,
    parameters: {
      WorkerPrincipalArn: principalArn,
      ExternalId: externalId,
      CopyAccountIds: vaultAccount,
      DatabaseNames: names,
      DatabaseRoleNames: 'database-*',
    },
  };
}

function retentionStack(account: string, region: string, more: Stack['parameters']): Stack {
  return {
    template: 'retention-roles',
    account,
    region,
    // One user is all of Farcopy's processes here; elsewhere each has a principal of its own.
    parameters: {
      MarkerPrincipalArn: principalArn,
      PrunerPrincipalArn: principalArn,
      ExternalId: externalId,
      ...more,
    },
  };
}

/** As deploy/README.md has it. */
const workerPolicy = {
  Version: '2012-10-17',
  Statement: [
    {
      Sid: 'TakeOnRoles',
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Resource: [sourceRole, vaultRole, lenderRole, restoreRole, stateRole].map((name) => roleArn('*', name)),
    },
    // As workers of the queues mark and prune have it, each of them one.
    {
      Sid: 'TakeOnRolesOfRetention',
      Effect: 'Allow',
      Action: 'sts:AssumeRole',
      Resource: [markerRole, prunerRole].map((name) => roleArn('*', name)),
    },
    // Of the sandbox alone: people look into its accounts with the same keys.
    { Sid: 'Visit', Effect: 'Allow', Action: 'sts:AssumeRole', Resource: roleArn('*', visitorRole) },
  ],
};

const allow = (action: string) => ({
  Version: '2012-10-17',
  Statement: [{ Sid: 'Everything', Effect: 'Allow', Action: action, Resource: '*' }],
});

/** The regions in which an account has something, sorted; the default region if it has nothing. */
export function regionsOf(seed: Seed, account: string): string[] {
  const regions = new Set(seed.resources.filter((r) => r.account === account).map((r) => r.region));
  return regions.size === 0 ? [defaultRegion] : [...regions].sort();
}

/** The regions in which the vault account keeps copies. */
export function vaultRegions(seed: Seed): string[] {
  const regions = [defaultRegion, ...seed.resources.map((r) => r.region)];
  return [...new Set(regions.flatMap((region) => [region, secondRegion(region)]))].sort();
}
