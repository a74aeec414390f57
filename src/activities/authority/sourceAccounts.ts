import { type FleetNames } from '../../config';
import { type FleetScope } from '../../core/fleetScope';
import { Remembered } from '../../core/remembered';

/** An account that has joined an organisation is known after this time; one that has left is forgotten after it. */
const goodForMilliseconds = 5 * 60_000;
/** Whoever names accounts that there are not may have the organisation asked so often. */
const againAfterMilliseconds = 60_000;

/** The accounts and regions whose resources are protected: as the fleet file lists them, or as the organisation does. */
export class SourceAccounts {
  private readonly known: Remembered<readonly FleetScope[]>;

  /** @param ask the organisation: every account and region of the fleet */
  constructor(
    private readonly names: Pick<FleetNames, 'sources'>,
    private readonly ask: () => Promise<readonly FleetScope[]>,
    private readonly now: () => number = Date.now,
  ) {
    this.known = new Remembered(now);
  }

  /** @throws what asking the organisation throws: then nobody knows. */
  async has(isMeant: (scope: FleetScope) => boolean): Promise<boolean> {
    const { sources } = this.names;
    if (sources !== null) return sources.some(isMeant);
    if ((await this.asked(goodForMilliseconds)).some(isMeant)) return true;
    return (await this.asked(againAfterMilliseconds)).some(isMeant);
  }

  private asked(goodFor: number): Promise<readonly FleetScope[]> {
    return this.known.get('all', (at) => this.now() - at < goodFor, this.ask);
  }
}
