import { knownKinds } from '../../src/kinds/registry';
import { type LimitUse } from '../seed/emulatorControl';
import { type ProvenResource } from './proof';

/** What `farcopy demo --json` prints: a stable format, documented in docs/demo.md. */
export interface DemoReport {
  readonly ok: boolean;
  /** From the start of the command to the end of the proof. */
  readonly seconds: number;
  readonly temporalUi: string;
  /** `file://…`: what `farcopy report` says of the fleet; null where it could not be written. */
  readonly fleetReport: string | null;
  readonly resources: readonly ProvenResource[];
  readonly limits: readonly {
    readonly account: string;
    readonly region: string;
    readonly limit: string;
    readonly capacity: number;
    readonly highWater: number;
  }[];
  /** How many calls the emulator answered with the error that a service limit is reached. */
  readonly limitErrors: number;
}

/** The limits on work in flight that were touched; stocks, and what AWS only counts, are left out. */
export function limitsOf(uses: readonly LimitUse[]): DemoReport['limits'] {
  const inFlight = knownKinds.limits.map(({ name }) => name);
  return uses.flatMap(({ account, region, limit, capacity, highWater }) =>
    capacity === null || !inFlight.includes(limit) ? [] : [{ account, region, limit, capacity, highWater }],
  );
}
