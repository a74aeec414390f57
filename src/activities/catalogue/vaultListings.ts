import { type Fleet } from '../../config';
import { vaultRegion } from '../../core/backup/policy';
import { catalogued, type CataloguedCopy, resourceOf } from '../../core/catalogue/catalogue';
import { copyTags, type Scope, sourcePlace } from '../../core/catalogue/copy';
import { type Signatures } from '../../core/catalogue/proof';
import { signaturesOf } from '../../core/catalogue/signatures';
import { Remembered } from '../../core/remembered';
import { type ResourceKind, resourcePath, type ResourceRef } from '../../core/resource';
import { type ConnectedKinds } from '../../kinds/kind';
import { serverTime } from '../serverTime';

/** Verified copies that lie in a vault, by the path of their resource. */
type Listing = ReadonlyMap<string, readonly CataloguedCopy[]>;

/** Lifecycles of a whole fleet begin together: a vault is listed once for all of them. */
const isGoodForMilliseconds = 5 * 60_000;

/** What the vaults have, listed once for all who ask within a few minutes. */
export class VaultListings {
  private readonly listings: Remembered<Listing>;

  /** @param now epoch milliseconds */
  constructor(
    private readonly fleet: Pick<Fleet, 'name' | 'vaults' | 'kinds'>,
    private readonly kinds: ConnectedKinds,
    private readonly now: () => number = serverTime,
  ) {
    this.listings = new Remembered(now);
  }

  /**
   * The verified copies of a resource in an account and region of a vault.
   *
   * @param notBefore epoch milliseconds: a listing from before is not good enough; default: of a few minutes ago
   */
  async verified(
    resource: Omit<ResourceRef, 'arn'>,
    scope: Scope,
    notBefore = this.aWhileAgo,
  ): Promise<readonly CataloguedCopy[]> {
    const listing = await this.listing(resource.kind, scope, notBefore);
    return listing.get(resourcePath(resource)) ?? [];
  }

  /** What all vaults say of copies in buckets, by recovery points; null where the kind keeps no copies in vaults. */
  async signatures(resource: Omit<ResourceRef, 'arn'>): Promise<ReadonlyMap<string, Signatures> | null> {
    if (this.kinds.of(resource.kind).copies === undefined) return null;
    const copies: CataloguedCopy[] = [];
    for (const vault of this.fleet.vaults) {
      const region = vaultRegion(vault, resource.region);
      if (region === null || vault.account === resource.account) continue;
      copies.push(...(await this.verified(resource, { account: vault.account, region, access: 'vault' })));
    }
    return signaturesOf(copies);
  }

  private get aWhileAgo(): number {
    return this.now() - isGoodForMilliseconds;
  }

  private listing(kind: ResourceKind, scope: Scope, notBefore: number): Promise<Listing> {
    const key = `${kind} ${scope.account}/${scope.region}`;
    return this.listings.get(
      key,
      (at) => at >= notBefore,
      () => this.list(kind, scope),
    );
  }

  /** Not ended by whoever asked first: others wait for it too. */
  private async list(kind: ResourceKind, scope: Scope): Promise<Listing> {
    const found = new Map<string, CataloguedCopy[]>();
    for await (const page of this.kinds.copiesOf(kind).list(scope))
      for (const copy of page) {
        if (copy.tags[copyTags.fleet] !== this.fleet.name || copy.status !== 'available') continue;
        const one = catalogued(copy, scope.access, this.fleet);
        const resource = resourceOf(one, this.fleet.kinds);
        const isKept = !one.temporary && one.verified !== null && one.doubt === null && one.place !== sourcePlace;
        if (resource === null || !isKept) continue;
        const path = resourcePath(resource);
        found.set(path, [...(found.get(path) ?? []), one]);
      }
    return found;
  }
}
