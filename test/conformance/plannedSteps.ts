import { type Destination, type ProtectionPolicy } from '../../src/core/backup/policy';
import { type Scope } from '../../src/core/catalogue/copy';
import { type KindDescription } from '../../src/core/kind';
import { type ResourceRef, type SourceEncryption } from '../../src/core/resource';
import { type Step } from '../../src/core/steps/step';

export const scheduledTime = '2026-11-21T02:00:00Z';

/** Types of steps that are performed without the kind. */
export const generalTypes: readonly string[] = ['describe', 'transfer', 'sign'];

/** A policy whose route is the default of kinds with copies: a vault account, and its second region. */
export function policyOf(route: readonly Destination[], key: string | null): ProtectionPolicy {
  return {
    fleet: 'panda',
    tier: 'standard',
    priority: 3,
    rpoSeconds: 26 * 3600,
    route,
    retention: { minimum: 1 },
    shareableKey: key,
    singleStepCopy: false,
    verify: 'manifest',
    connect: null,
    limits: [],
    polling: { shortestSeconds: 15, longestSeconds: 300 },
  };
}

export function vaultRoute(
  vault: Pick<Scope, 'account' | 'region'>,
  elsewhere: Pick<Scope, 'region'>,
  key: string,
): Destination[] {
  return [
    { name: 'secure', account: vault.account, region: null, key },
    { name: 'secure-dr', account: vault.account, region: elsewhere.region, key },
  ];
}

/** What a kind plans of a route from one account and region to another, whatever there is there. */
export function plannedSteps(
  { name, planBackup }: KindDescription,
  crossing: boolean,
  encryption: SourceEncryption = { type: 'customer', keyArn: 'arn:aws:kms:eu-west-1:999999999999:key/farcopy' },
): readonly Step[] {
  const resource: ResourceRef = {
    kind: name,
    account: '999999999999',
    region: 'eu-west-1',
    id: 'panda-1',
    arn: 'arn:panda-1',
  };
  const route = vaultRoute(
    { account: '111111111111', region: 'eu-west-1' },
    { region: 'eu-central-1' },
    'alias/farcopy',
  );
  const policy = policyOf(crossing ? route : route.slice(0, 1), 'alias/farcopy');
  const steps = planBackup({ ...resource, encryption }, policy, scheduledTime);
  return crossing ? steps.filter(({ scope }) => scope.region === 'eu-central-1') : steps;
}
