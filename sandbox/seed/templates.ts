import { renderStack, type RenderedResource, type Stack } from './cloudFormation';
import { type SeedRequest } from './emulatorControl';

export type PolicyDocument = Readonly<Record<string, unknown>>;
type Role = SeedRequest['roles'][number];
type Key = SeedRequest['keys'][number];

/** The roles and keys that the stacks of an account make, one role of a name, whichever stack has it. */
export function plantedBy(stacks: readonly Stack[]): {
  readonly roles: readonly Role[];
  readonly keys: readonly Key[];
} {
  const made = stacks.map((stack) => ({ ...stack, resources: [...renderStack(stack).values()] }));
  return {
    roles: made.flatMap(({ account, resources }) => rolesOf(account, resources)),
    keys: made.flatMap(({ account, region, resources }) => keysOf(account, region, resources)),
  };
}

function rolesOf(account: string, resources: readonly RenderedResource[]): Role[] {
  return resources
    .filter(({ type }) => type === 'AWS::IAM::Role')
    .map(({ properties }) => {
      const name = properties.RoleName as string;
      const inline = (properties.Policies ?? []) as readonly { PolicyName: string; PolicyDocument: PolicyDocument }[];
      const attached = resources
        .filter(({ type }) => type === 'AWS::IAM::Policy' || type === 'AWS::IAM::RolePolicy')
        .filter(({ properties: { Roles, RoleName } }) => [Roles ?? RoleName].flat().includes(name))
        .map(({ properties: policy }) => policy as unknown as (typeof inline)[number]);
      return {
        account,
        name,
        trust: properties.AssumeRolePolicyDocument as PolicyDocument,
        policies: Object.fromEntries([...inline, ...attached].map((one) => [one.PolicyName, one.PolicyDocument])),
      };
    });
}

function keysOf(account: string, region: string, resources: readonly RenderedResource[]): Key[] {
  const aliases = resources.filter(({ type }) => type === 'AWS::KMS::Alias');
  const keys = resources.filter(({ type }) => type === 'AWS::KMS::Key');
  if (aliases.length !== keys.length) throw new Error('a template makes keys without an alias each');
  return keys.map(({ properties }, i) => ({
    account,
    region,
    alias: aliases[i]?.properties.AliasName as string,
    policy: properties.KeyPolicy as PolicyDocument,
  }));
}
