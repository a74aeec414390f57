import { type FleetClouds } from '../../activities/catalogue/fleetClouds';
import { type CatalogueProblem, listCopies } from '../../activities/catalogue/listCopies';
import { type Fleet } from '../../config';
import { type HoldPoint, holdPoints } from '../../core/retention/holdPoints';
import { meantBy } from '../catalogue/resourceArgument';
import { UnreachableError } from '../unreachableError';
import { choosePoints, type PointChoice } from './choosePoints';

export interface ChosenPoints {
  readonly points: readonly HoldPoint[];
  /** What could not be read: more may lie there of what was meant. */
  readonly problems: readonly CatalogueProblem[];
}

/**
 * The recovery points that a person means, from the clouds as they are now.
 *
 * @param told hears what could not be read, before anything else is said, in words for people
 * @throws InvalidRequestError where a name means no resource with copies, or several.
 * @throws UnreachableError where nothing answers.
 */
export async function listHoldPoints(
  fleet: Fleet,
  clouds: FleetClouds,
  choice: PointChoice,
  signal: AbortSignal,
  told: (line: string) => void,
): Promise<ChosenPoints> {
  const isWanted = meantBy(choice.named);
  const { copies, ofFleet, problems } = await listCopies(fleet, clouds, { isWanted, signal });
  for (const { where, message } of problems) told(`could not read ${where}: ${message}`);
  const [first] = problems;
  if (first !== undefined && ofFleet === 0 && problems.every(({ unreachable }) => unreachable))
    throw new UnreachableError(`nothing of fleet ${fleet.name} answers: ${first.message}`, 'try again later');
  const where = `the copies of fleet ${fleet.name}${problems.length === 0 ? '' : ' that could be read'}`;
  return { points: choosePoints(holdPoints(copies, fleet.kinds), choice, where), problems };
}
