import { type Fleet } from '../../src/config';
import { isBucketVault, vaultRegion } from '../../src/core/backup/policy';
import { recoveryPointTags } from '../../src/core/backup/recoveryPointTags';
import { copyTags, sourcePlace } from '../../src/core/catalogue/copy';
import { scheduledTimeLabel } from '../../src/core/naming';
import { type Resource } from '../../src/core/resource';
import { copyIdentifier } from '../../src/kinds/rds/markers';
import { type FakeCloud } from '../../test/fakes/aws/fakeCloud';
import { likenessOf, wordsOf } from '../../test/fakes/aws/forms';
import { fakeKeyArn } from '../../test/fakes/aws/keys';
import { keyAlias } from '../scenario';

const day = 86_400_000;

/** Lays down whole recovery points of days before the beginning, as Farcopy would have made them. */
export function layHistory(cloud: FakeCloud, fleet: Fleet, resources: readonly Resource[], days: number): void {
  for (const resource of resources) {
    const tier = fleet.tiers.find(({ name }) => name === resource.tags['tier']);
    // AWS copies no snapshots of Multi-AZ clusters.
    if (tier === undefined || resource.kind === 'multi-az-cluster') continue;
    const homes = tier.route.flatMap((vault) =>
      isBucketVault(vault)
        ? []
        : [
            {
              place: vault.name,
              account: vault.account,
              region: vaultRegion(vault, resource.region) ?? resource.region,
            },
          ],
    );
    for (let age = days; age > 0; age -= 1)
      for (const { place, account, region } of [{ place: sourcePlace, ...resource }, ...homes])
        lay(cloud, fleet.name, resource, { place, account, region, tier: tier.name, time: cloud.now() - age * day });
  }
}

interface Laid {
  readonly place: string;
  readonly account: string;
  readonly region: string;
  readonly tier: string;
  readonly time: number;
}

function lay(cloud: FakeCloud, fleet: string, resource: Resource, { place, account, region, tier, time }: Laid): void {
  const { kind } = resource;
  const scheduledTime = scheduledTimeLabel(time);
  const id = copyIdentifier(fleet, resource, scheduledTime);
  const incarnation = resource.incarnation === undefined ? {} : { incarnation: resource.incarnation };
  cloud.snapshotsIn(kind, { account, region }).set(id, {
    ...{ kind, account, region, id, sizeGiB: 1, sourceArn: null, resourceId: resource.id, readers: [] },
    ...{ startedAt: time, endsAt: time, failed: false, sharedWith: new Set() },
    arn: `arn:aws:rds:${region}:${account}:${wordsOf[likenessOf(kind).form].snapshotArnType}:${id}`,
    keyArn: resource.keyArn === null ? null : fakeKeyArn({ account, region }, keyAlias),
    tags: {
      ...recoveryPointTags({ fleet, tier, resource, scheduledTime, ...incarnation }, place, scheduledTime),
      [copyTags.verified]: `exists ${scheduledTime}`,
    },
  });
}
