import { type FleetNames } from '../../config';
import { type FleetScope } from '../../core/fleetScope';

/** An account that has joined an organisation is known after this time; one that has left is forgotten after it. */
const goodForMilliseconds = 5 * 60_000;
/** Whoever names accounts that there are not may have the organisation asked so often. */
const againAfterMilliseconds = 60_000;

/** The accounts and regions whose resources are protected: as the fleet file lists them, or as the organisation does. */
export class SourceAccounts {
  private known: { readonly at: number; readonly scopes: Promise<readonly FleetScope[]> } | undefined;

  /** @param ask the organisation: every account and region of the fleet */
  constructor(
    private readonly names: Pick<FleetNames, 'sources'>,
    private readonly ask: () => Promise<readonly FleetScope[]>,
    private readonly now: () => number = Date.now,
  ) {}

  /** @throws what asking the organisation throws: then nobody knows. */
  async has(isMeant: (scope: FleetScope) => boolean): Promise<boolean> {
    const { sources } = this.names;
    if (sources !== null) return sources.some(isMeant);
    if ((await this.asked(goodForMilliseconds)).some(isMeant)) return true;
    return (await this.asked(againAfterMilliseconds)).some(isMeant);
  }

  private asked(goodFor: number): Promise<readonly FleetScope[]> {
    const { known } = this;
    if (known !== undefined && this.now() - known.at < goodFor) return known.scopes;
    const scopes = this.ask();
    this.known = { at: this.now(), scopes };
    // What failed is asked again by the next.
    scopes.catch(() => (this.known = undefined));
    return scopes;
  }
}
