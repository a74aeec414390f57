/** One account and region of a fleet. */
export interface FleetScope {
  readonly account: string;
  readonly region: string;
}
