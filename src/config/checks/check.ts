import { type FleetFile, type SectionName } from '../schema/fleetFile';
import { type Report } from '../reading/report';

/** A rule across sections of a fleet file. It runs once the sections it needs are well formed, whatever the others are. */
export interface Check {
  readonly needs: readonly SectionName[];
  readonly run: (file: FleetFile, report: Report) => void;
}

/** Declares a check that sees the sections it needs and no other. */
export function check<K extends SectionName>(
  needs: readonly K[],
  run: (file: Pick<FleetFile, K>, report: Report) => void,
): Check {
  return { needs, run };
}
