import { type Kinds } from '../../core/kind';
import { scheduledTimeLabel } from '../../core/naming';
import { resourcePath } from '../../core/resource';
import { type HoldPoint } from '../../core/retention/holdPoints';
import { parseResourceArgument, type ResourceArgument, resolveResources } from '../catalogue/resourceArgument';
import { InvalidRequestError } from '../invalidRequestError';

/** Which recovery points a person means: what is null was left open. */
export interface PointChoice {
  /** None: of all resources. */
  readonly named: readonly ResourceArgument[];
  /** A scheduled time, as ids have it. */
  readonly time: string | null;
  /** Scheduled not before then: epoch milliseconds. */
  readonly from: number | null;
  /** Scheduled not after then. */
  readonly to: number | null;
}

/** As a person writes it. */
export interface PointWords {
  readonly point?: string | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

const zonedPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/**
 * @param words `point`: the id of a recovery point, which names its resource too, or its scheduled time
 * @throws InvalidRequestError of what is neither.
 */
export function readPointChoice(names: readonly string[], { point, from, to }: PointWords, kinds: Kinds): PointChoice {
  const slash = point?.lastIndexOf('/') ?? -1;
  const written = point?.slice(slash + 1);
  if (written !== undefined && (!zonedPattern.test(written) || Number.isNaN(Date.parse(written))))
    throw new InvalidRequestError(
      `--point ${point ?? ''}: neither the id of a recovery point nor its scheduled time`,
      'write it as `farcopy copies` does: 2026-11-21T02:00:00Z, or kind/account/region/id/2026-11-21T02:00:00Z',
    );
  if (point !== undefined && slash > 0 && names.length > 0)
    throw new InvalidRequestError('--point names its resource already', 'name none, or give the time alone');
  if (from !== undefined && to !== undefined && from > to)
    throw new InvalidRequestError('--from is later than --to', 'swap them');
  const named = point !== undefined && slash > 0 ? [point.slice(0, slash)] : names;
  return {
    named: named.map((name) => parseResourceArgument(name, kinds)),
    time: written === undefined ? null : scheduledTimeLabel(written),
    from: from ?? null,
    to: to ?? null,
  };
}

/**
 * The recovery points that are meant.
 *
 * @param where for the message: `the copies of fleet panda`
 * @throws InvalidRequestError where a name means no resource, or several.
 */
export function choosePoints(
  points: readonly HoldPoint[],
  { named, time, from, to }: PointChoice,
  where: string,
): readonly HoldPoint[] {
  const known = new Map(points.map(({ resource }) => [resourcePath(resource), resource]));
  const wanted = new Set(resolveResources(named, [...known.values()], where).map(resourcePath));
  return points.filter(({ resource, scheduledTime }) => {
    const at = Date.parse(scheduledTime);
    return (
      (named.length === 0 || wanted.has(resourcePath(resource))) &&
      (time === null || scheduledTime === time) &&
      (from === null || at >= from) &&
      (to === null || at <= to)
    );
  });
}
