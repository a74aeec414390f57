import { type Fleet } from '../../src/config';
import { type Vault } from '../../src/core/backup/policy';
import { copyTags, sourcePlace } from '../../src/core/catalogue/copy';
import { type Resource } from '../../src/core/resource';
import { type FakeCloud } from '../../test/fakes/aws/fakeCloud';
import { type FakeSnapshot } from '../../test/fakes/aws/snapshots';
import {
  type Named,
  RetentionText,
  type TextStanding,
  type TextTier,
} from '../../test/support/retention/retentionText';

/** A simulated world as the text of retention sees it. */
export interface RetainedWorld {
  readonly cloud: FakeCloud;
  /** Epoch milliseconds. */
  readonly now: number;
  /** The fleet file that somebody goes by. */
  readonly fleet: Fleet;
  readonly isOurs: (snapshot: FakeSnapshot) => boolean;
  /** Only copies of the same resource are looked at; null: all. */
  readonly of?: FakeSnapshot | null;
  /** Ids of the recovery points that have a record in a vault in a bucket. */
  readonly recordedIn?: (vault: string) => ReadonlySet<string>;
}

/** docs/retention.md, held against the clouds as they are at this moment. */
export function textOfWorld({ cloud, now, fleet, isOurs, of = null, recordedIn }: RetainedWorld): RetentionText {
  const { snapshots } = cloud.state;
  const all = snapshots.byPlace.values();
  const tiers = new Map(fleet.tiers.map((tier) => [tier.name, textTier(tier)]));
  return new RetentionText({
    now,
    isOurs,
    snapshots: all.filter(({ tags }) => of === null || tags[copyTags.resource] === of.tags[copyTags.resource]),
    statusOf: (one) => snapshots.statusOf(one),
    placeOf: (copy, resource) => placeIn(copy, resource, fleet.vaults),
    standingOf: (resource) => standingOf(cloud, resource, fleet, tiers),
    retired: fleet.retired,
    recordedIn: recordedIn ?? (() => nothing),
  });
}

const nothing: ReadonlySet<string> = new Set();

function textTier({ name, retention, retentionIn, timezone, route }: Fleet['tiers'][number]): TextTier {
  return { name, retention, retentionIn, timezone, route: route.map((stop) => stop.name) };
}

/** By the account and the region alone: no two vaults of a simulation share both. */
export function placeIn(copy: FakeSnapshot, { account, region }: Named, vaults: readonly Vault[]): string | null {
  if (copy.account === account) return copy.region === region ? sourcePlace : null;
  const ofAccount = vaults.filter((vault) => vault.account === copy.account);
  const here = ofAccount.find(({ region: of }) => {
    const its = typeof of === 'string' ? of : of === null ? region : of[region];
    return its === copy.region;
  });
  return (here ?? ofAccount[0])?.name ?? null;
}

/** Tiers are chosen by the tag `tier` of what is to be backed up at all. */
function standingOf(
  cloud: FakeCloud,
  { kind, account, region, id }: Named,
  { select }: Fleet,
  tiers: ReadonlyMap<string, TextTier>,
): TextStanding {
  const { resources, restored } = cloud.state.databases;
  const resource: Resource | undefined = resources.in(kind, { account, region }).get(id);
  const tags = resource?.tags ?? restored.in(kind, { account, region }).get(id)?.tags;
  const incarnation = resource?.incarnation;
  if (tags === undefined) return { type: 'retired', isThere: false, incarnation };
  const wanted = tags['backup'] === 'true' ? tags['tier'] : undefined;
  const tier = select.some((rule) => rule.kind === kind && rule.tier === wanted) ? tiers.get(wanted ?? '') : undefined;
  return tier === undefined ? { type: 'retired', isThere: true, incarnation } : { type: 'tier', tier, incarnation };
}
