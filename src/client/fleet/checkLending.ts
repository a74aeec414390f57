import { AwsKeys } from '../../clouds/aws/keys';
import { KeyLoans } from '../../clouds/aws/keyLoans';
import { type Fleet } from '../../config';
import { type Scope } from '../../core/catalogue/copy';
import { messageOf } from '../../core/failure';
import { inParallel } from '../../core/inParallel';
import { restoreTargets } from '../drill/checkDrillTargets';
import { failed, type Finding } from './finding';
import { type FleetClouds } from '../../activities/catalogue/fleetClouds';

const width = 16;

/** A key of a vault that restores in other accounts need for a while. */
interface LentKey {
  readonly lender: Scope;
  /** As the fleet file has it. */
  readonly key: string;
  readonly borrowers: readonly Scope[];
}

/**
 * Looks whether the vaults may lend their keys to restores: into the accounts that drills and restores are told to lead to, and into those that the
 * resources are of. Nothing is lent.
 */
export async function checkLending(
  fleet: Fleet,
  clouds: FleetClouds,
  sources: readonly Scope[],
  open: (scope: Scope) => boolean,
  signal?: AbortSignal,
): Promise<Finding[]> {
  const { lender, restore } = fleet.roles;
  if (lender === undefined && restore === undefined) return [];
  const keys = new AwsKeys(clouds.access);
  const loans = new KeyLoans(clouds.access);
  const drilled = restoreTargets(fleet, sources);
  const lent = lentKeys(fleet, [...drilled, ...sources.map((scope): Scope => ({ ...scope, access: 'restore' }))]);
  return inParallel(
    lent.filter((one) => open(one.lender)),
    width,
    async ({ lender: from, key, borrowers }): Promise<Finding> => {
      const subject = `${key} in ${from.account}/${from.region}`;
      const mend = `name the roles that restore in RestoreRoleArns of the vault's stacks, see docs/restore.md#roles-and-keys`;
      const refusals: Finding[] = [];
      for (const borrower of borrowers)
        try {
          const arn = await keys.arn(from, key);
          await loans.require({ lender: from, key: arn, borrower, name: 'farcopy/check' }, signal);
        } catch (error) {
          signal?.throwIfAborted();
          // A key that is not there is lent to nobody, whoever is named; the message says what to do.
          const isMissing = messageOf(error).includes('there is no key');
          const found = failed('lending', subject, error, isMissing ? null : mend);
          // Somebody has named those accounts as targets; into the resources' own accounts somebody may never want to.
          const wanted = drilled.some(({ account }) => account === borrower.account);
          refusals.push(found.state === 'failed' && !wanted ? { ...found, state: 'warning' } : found);
        }
      const message = `it can be lent to restores in ${borrowers.map(({ account }) => account).join(', ')}`;
      const worst = refusals.find(({ state }) => state !== 'warning') ?? refusals[0];
      if (worst === undefined) return { check: 'lending', subject, state: 'ok', message, mend: null };
      const others = refusals.length === 1 ? '' : ` (and ${refusals.length - 1} more like it)`;
      return { ...worst, message: `${worst.message}${others}` };
    },
  );
}

/** A copy is restored where it lies in the region of the target: brought there on its way, under the vault's key there. */
function lentKeys({ vaults }: Fleet, borrowers: readonly Scope[]): readonly LentKey[] {
  const found = new Map<string, LentKey & { borrowers: Scope[] }>();
  for (const { account, key } of vaults)
    for (const borrower of borrowers) {
      if (borrower.account === account) continue;
      const lender: Scope = { account, region: borrower.region, access: 'lender' };
      // A key by its ARN is of one region.
      if (key.startsWith('arn:') && !key.includes(`:${borrower.region}:`)) continue;
      const id = [account, borrower.region, key].join(' ');
      const known = found.get(id) ?? { lender, key, borrowers: [] };
      if (!known.borrowers.some((one) => one.account === borrower.account)) known.borrowers.push(borrower);
      found.set(id, known);
    }
  return [...found.values()];
}
