import { type CloudState } from '../crashMatrix/cloudState';
import { backupBucket, secondRegion, vaultAccount } from '../sandbox/seed/sandboxAccounts';
import { bucketLayout } from '../src/core/catalogue/bucket';
import { copyTags } from '../src/core/catalogue/copy';

/** A recovery point of which Farcopy says that it is complete. */
export interface CompletePoint {
  /** `kind/account/region/id/time` */
  readonly recoveryPoint: string;
  /** Whether its route leads to the other cloud. */
  readonly leavesAws: boolean;
}

/** A copy as its account shows it. */
export interface FoundCopy {
  /** `account/region` */
  readonly where: string;
  /** `cluster snapshot` or `snapshot` */
  readonly sort: string;
  readonly id: string;
  readonly recoveryPoint: string;
  readonly place: string;
  readonly status: string;
  readonly verified: boolean;
  readonly sharedWith: readonly string[];
}

/** Every copy that carries the tags of a recovery point. */
export function copiesIn(state: CloudState): FoundCopy[] {
  return [...state].flatMap(([what, facts]) => {
    const [, where, sort, id] = /^(\d+\/\S+) ((?:cluster )?snapshot) (\S+)$/.exec(what) ?? [];
    const { status = '', sharedWith = [], tags = {} } = facts as Partial<SnapshotFacts>;
    const recoveryPoint = tags[copyTags.recoveryPoint];
    if (where === undefined || sort === undefined || id === undefined || recoveryPoint === undefined) return [];
    const place = tags[copyTags.place] ?? '';
    return [{ where, sort, id, recoveryPoint, place, status, verified: copyTags.verified in tags, sharedWith }];
  });
}

interface SnapshotFacts {
  readonly status: string;
  readonly sharedWith: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * Holds what Farcopy says against what lies in the clouds: each complete recovery point has each copy of its route, each once, and
 * nothing temporary.
 *
 * @returns what is missing or too much, one sentence each
 */
export function audit(points: readonly CompletePoint[], state: CloudState, fleet: string): string[] {
  const byPoint = new Map<string, FoundCopy[]>();
  for (const copy of copiesIn(state)) {
    const others = byPoint.get(copy.recoveryPoint);
    if (others === undefined) byPoint.set(copy.recoveryPoint, [copy]);
    else others.push(copy);
  }
  return points.flatMap(({ recoveryPoint, leavesAws }) => {
    const told = (problem: string) => `${recoveryPoint}: ${problem}`;
    const [kind = '', account = '', region = '', id = '', time = ''] = recoveryPoint.split('/');
    const expected = new Map([
      ['source', `${account}/${region}`],
      ['secure', `${vaultAccount}/${region}`],
      ['secure-dr', `${vaultAccount}/${secondRegion(region)}`],
    ]);
    const found = byPoint.get(recoveryPoint) ?? [];
    const problems = [...expected].flatMap(([place, where]) => {
      const there = found.filter((copy) => copy.place === place && copy.where === where);
      if (there.length !== 1) return [`${there.length} copies in ${place} (${where}), one was expected`];
      return there.flatMap(wrongWith).map((wrong) => `${place} (${where}): ${wrong}`);
    });
    for (const { place, where } of found)
      if (expected.get(place) !== where) problems.push(`a copy in ${place} (${where}) is left over`);
    const record = `gs://${backupBucket(fleet)}/${bucketLayout.record({ kind, account, region, id }, time)}`;
    if (leavesAws && !state.has(record)) problems.push(`there is no ${record}`);
    return problems.map(told);
  });
}

function wrongWith({ status, verified, sharedWith }: FoundCopy): string[] {
  return [
    ...(status === 'available' ? [] : [`its status is ${status}`]),
    ...(verified ? [] : ['it carries no proof']),
    ...(sharedWith.length === 0 ? [] : [`it is still shared with ${sharedWith.join(', ')}`]),
  ];
}
