import { type Fleet } from '../../config';
import { type Copy, copyTags, type Scope } from '../../core/catalogue/copy';
import { type ConnectedKinds } from '../../kinds/kind';
import { vaultScopes } from '../catalogue/fleetScopes';

/** Copies by their recovery points. */
type Listing = ReadonlyMap<string, readonly Copy[]>;

/** Finds the other copies of a recovery point, beside one of them and in the vaults. Each place is listed once, and only if asked for. */
export class OtherCopies {
  private readonly listings = new Map<string, Promise<Listing>>();

  constructor(
    private readonly fleet: Fleet,
    private readonly kinds: ConnectedKinds,
    private readonly signal: AbortSignal,
  ) {}

  /** @param scope where the copy lies, and by which role */
  async of(copy: Copy, scope: Scope): Promise<readonly Copy[]> {
    const recoveryPoint = copy.tags[copyTags.recoveryPoint] ?? '';
    // Vaults are named by the region of the resource; a copy on its way may lie in another.
    const [, account = copy.account, region = copy.region] = recoveryPoint.split('/');
    const places = new Map<string, Scope>();
    const vaults = vaultScopes(this.fleet, [
      { account, region },
      { account, region: copy.region },
    ]);
    for (const one of [...vaults.map((vault): Scope => ({ ...vault, access: 'lender' })), scope])
      places.set(`${one.account}/${one.region}`, one);
    const others: Copy[] = [];
    for (const place of places.values()) {
      const listing = await this.listing(copy.kind, place);
      others.push(...(listing.get(recoveryPoint) ?? []).filter(({ arn }) => arn !== copy.arn));
    }
    return others;
  }

  private listing(kind: string, scope: Scope): Promise<Listing> {
    const key = `${kind} ${scope.access} ${scope.account}/${scope.region}`;
    let listing = this.listings.get(key);
    if (listing === undefined) this.listings.set(key, (listing = this.list(kind, scope)));
    return listing;
  }

  private async list(kind: string, scope: Scope): Promise<Listing> {
    const listing = new Map<string, Copy[]>();
    for await (const page of this.kinds.copiesOf(kind).list(scope, this.signal))
      for (const copy of page) {
        const { [copyTags.fleet]: fleet, [copyTags.recoveryPoint]: recoveryPoint } = copy.tags;
        if (fleet !== this.fleet.name || recoveryPoint === undefined) continue;
        listing.set(recoveryPoint, [...(listing.get(recoveryPoint) ?? []), copy]);
      }
    return listing;
  }
}
