import { copyTags } from '../../src/core/catalogue/copy';
import { type Seeded } from '../../sandbox/cli/seedSandbox';
import { type BothClouds } from '../../sandbox/demo/bothClouds';
import { proveBuckets } from '../../sandbox/demo/bucketProof';
import { type Clouds } from '../../sandbox/demo/clouds';
import { type ExpectedCluster, proveRun } from '../../sandbox/demo/proof';
import { tierOf } from '../../sandbox/seed/fleetText';
import { criticalTier, secondRegion, vaultAccount } from '../../sandbox/seed/sandboxAccounts';

/** What the clouds show of all rounds. */
export interface EveryPoint {
  /** Recovery points of which every copy is there and as it should be. */
  readonly proven: number;
  /** All snapshots of the fleet, wherever they lie. */
  readonly snapshots: number;
  readonly problems: readonly string[];
}

/**
 * Proves every recovery point that the emulated clouds have anything of, as the demo proves its only one: none lacks a copy, none
 * has one twice, and nothing else is there.
 *
 * @param rounds how many recovery points each cluster should have
 */
export async function proveEveryPoint(clouds: BothClouds, seeded: Seeded, rounds: number): Promise<EveryPoint> {
  const { fleet, seed, arns } = seeded;
  const endedAt = new Date();
  const problems: string[] = [];
  let proven = 0;
  let snapshots = 0;
  for (const [i, resource] of seed.resources.entries()) {
    const { account, region, id } = resource;
    const cluster = { account, region, id, arn: arns[i] ?? '', tier: tierOf(resource) };
    const times = new Set<string>();
    for (const [where, part] of placesOf(cluster))
      for (const { manual, tags, arn } of await clouds.snapshots(where, part)) {
        if (!manual || (tags[copyTags.resource] ?? cluster.arn) !== cluster.arn) continue;
        snapshots += 1;
        const time = tags[copyTags.scheduledTime];
        if (time === undefined) problems.push(`${arn} does not say which recovery point it is of`);
        else times.add(time);
      }
    if (times.size !== rounds) problems.push(`${id} has ${times.size} recovery points instead of ${rounds}`);
    for (const time of times) {
      const expected: ExpectedCluster = { ...cluster, scheduledTime: new Date(time) };
      const run = { fleet, clusters: [expected], endedAt };
      const proof = await proveRun(run, onlyOf(clouds, cluster.arn, time));
      const found = [...proof.missing];
      const copies = proof.resources[0]?.copies ?? [];
      if (cluster.tier === criticalTier) {
        const dataTime = copies[0]?.dataTime ?? null;
        const secure = copies.find(({ place }) => place === 'secure')?.arn ?? null;
        const moment = dataTime === null ? null : new Date(dataTime);
        found.push(...(await proveBuckets(run, expected, secure, moment, clouds)).problems);
      }
      if (found.length === 0) proven += 1;
      problems.push(...found.map((problem) => `${time}: ${problem}`));
    }
  }
  return { proven, snapshots, problems };
}

function placesOf({ account, region }: ExpectedPlace): [string, string][] {
  return [
    [account, region],
    [vaultAccount, region],
    [vaultAccount, secondRegion(region)],
  ];
}

interface ExpectedPlace {
  readonly account: string;
  readonly region: string;
}

/** The clouds as they were if nothing but one recovery point were in them. */
function onlyOf(clouds: Clouds, resource: string, time: string): Clouds {
  return {
    snapshots: async (account, region) =>
      (await clouds.snapshots(account, region)).filter(
        ({ tags }) => tags[copyTags.resource] === resource && tags[copyTags.scheduledTime] === time,
      ),
    sharedWith: (account, region, id) => clouds.sharedWith(account, region, id),
    keyArn: (account, region, alias) => clouds.keyArn(account, region, alias),
  };
}
