import { type FleetClouds, vaultScopes } from '../../activities/catalogue/fleetClouds';
import { type Fleet, roleArn } from '../../config';
import { type RetentionRole, type Scope } from '../../core/catalogue/copy';
import { inParallel } from '../../core/inParallel';
import { type Finding } from '../fleet/finding';
import { roleFinding } from '../fleet/roleFinding';

const width = 16;
const roles = { marker: 'mark', pruner: 'prune' } as const;

/**
 * Looks whether the roles of retention can be assumed in every account that a plan reads. They let in the workers of their queues alone,
 * and whoever looks is seldom one: a role that lets him in nowhere is told once, as a warning. One that lets him in here and there is
 * missing elsewhere.
 */
export async function checkRetentionRoles(
  fleet: Fleet,
  clouds: Pick<FleetClouds, 'access'>,
  sources: readonly Scope[],
): Promise<Finding[]> {
  const named = (Object.keys(roles) as RetentionRole[]).filter((role) => fleet.roles[role] !== undefined);
  const places = placesOf(fleet, sources);
  return (await inParallel(named, named.length, (role) => checkRole(fleet, clouds, role, places))).flat();
}

async function checkRole(
  fleet: Fleet,
  clouds: Pick<FleetClouds, 'access'>,
  role: RetentionRole,
  places: readonly Omit<Scope, 'access'>[],
): Promise<Finding[]> {
  const deploy = 'deploy deploy/cloudformation/retention-roles.yaml there, see docs/retention.md#roles';
  const findings = await inParallel(places, width, (place) => {
    const scope: Scope = { ...place, access: role };
    const arn = roleArn(fleet, role, place.account);
    return roleFinding(clouds, arn, scope, deploy);
  });
  const [first] = findings;
  if (first === undefined || findings.some(({ state }) => state !== 'failed')) return findings;
  const queue = roles[role];
  const others = findings.length === 1 ? '' : `, and so it is in ${findings.length - 1} more accounts`;
  return [
    {
      ...first,
      state: 'warning',
      message: `${first.message}${others}`,
      mend: `the role lets in the workers of \`${queue}\` alone: run \`farcopy check\` with their credentials; if these are theirs, ${deploy}`,
    },
  ];
}

/** Every account that a plan of retention reads, once: a role opens it in all regions. */
function placesOf(fleet: Fleet, sources: readonly Scope[]): readonly Omit<Scope, 'access'>[] {
  const { accounts, buckets } = fleet;
  const [first] = sources;
  const all = [
    ...sources,
    ...vaultScopes(fleet, sources),
    ...buckets.flatMap(({ home }) => home ?? []),
    ...(accounts.type === 'organization' && first !== undefined
      ? [{ account: accounts.account, region: first.region }]
      : []),
  ];
  return [...new Map(all.map(({ account, region }) => [account, { account, region }])).values()];
}
