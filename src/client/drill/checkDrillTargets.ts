import { vaultScopes } from '../../activities/catalogue/fleetScopes';
import { type Fleet } from '../../config';
import { type Scope } from '../../core/catalogue/copy';
import { drillOptions, type DrillTarget } from '../../core/drill/drill';
import { inParallel } from '../../core/inParallel';
import { type Preflight } from '../../kinds/kind';
import { type Finding, finding } from '../fleet/finding';
import { type FleetClouds } from '../../activities/catalogue/fleetClouds';

const width = 16;

type AwsTarget = Extract<DrillTarget, { readonly type: 'aws' }>;

/** Where drills restore to in AWS, each place once, with the drills that do. */
function drillTargets({ tiers }: Fleet): readonly { readonly target: AwsTarget; readonly drills: readonly string[] }[] {
  const targets = new Map<string, { target: AwsTarget; drills: string[] }>();
  for (const { name: tier, drills } of tiers)
    for (const { name, to } of drills) {
      if (to.type !== 'aws') continue;
      const key = [to.account, to.region, to.subnetGroup].join(' ');
      const known = targets.get(key) ?? { target: to, drills: [] };
      known.drills.push(`${tier}/${name}`);
      targets.set(key, known);
    }
  return [...targets.values()];
}

const scopeOf = ({ account, region }: AwsTarget): Scope => ({ account, region, access: 'restore' });

/** Where restores lead to for certain: the targets of drills, and those that the fleet file lists. */
export const restoreTargets = (fleet: Fleet, sources: readonly Scope[]): Scope[] => [
  ...drillTargets(fleet).map(({ target }) => scopeOf(target)),
  ...fleet.restoreTargets.flatMap((to): Scope[] => {
    if (to.type !== 'aws') return [];
    const [region = sources[0]?.region] = to.regions ?? [];
    return region === undefined ? [] : [{ account: to.account, region, access: 'restore' }];
  }),
];

/** Where the roles of restores are needed for certain: where they lead to, and the vaults that lend their copies. */
export function restoreScopes(fleet: Fleet, sources: readonly Scope[]): readonly Scope[] {
  return [...lenderScopes(fleet, sources), ...restoreTargets(fleet, sources)];
}

/** The vaults that lend their copies; none where the fleet file names no role of restores. */
export function lenderScopes(fleet: Fleet, sources: readonly Scope[]): readonly Scope[] {
  const { lender, restore } = fleet.roles;
  if (lender === undefined && restore === undefined) return [];
  return vaultScopes(fleet, sources).map(({ account, region }): Scope => ({ account, region, access: 'lender' }));
}

/** Looks whether the networks are there that drills restore into. */
export async function checkDrillTargets(
  fleet: Fleet,
  clouds: FleetClouds,
  open: (scope: Scope) => boolean,
  signal?: AbortSignal,
): Promise<Finding[]> {
  const findings = await inParallel(
    drillTargets(fleet).filter(({ target }) => open(scopeOf(target))),
    width,
    async ({ target, drills }) => {
      const { account, region } = target;
      const options = drillOptions(target);
      const wanted = new Map<string, Preflight>();
      // Kinds that restore into the same kind of network want the same.
      for (const kind of clouds.selected)
        for (const one of clouds.kinds.of(kind).restore?.preflight?.(options) ?? []) wanted.set(one.what, one);
      return inParallel([...wanted.values()], width, (one) => {
        const { what } = one;
        const mend = `drill ${drills.join(', ')} restores into it: make ${what} in ${account}/${region}`;
        return finding('drill', `${what} in ${account}/${region}`, mend, async () => {
          await one.look(scopeOf(target), signal);
          return `drill ${drills.join(', ')} can restore into it`;
        });
      });
    },
  );
  return findings.flat();
}
