import { capacityOf, type LimitOverride, type LimitRef } from '../../core/limits/limit';
import { serviceLimitWorkflowId } from '../../core/naming';
import { remainingPathSeconds } from '../../core/backup/estimate';
import { type Leg } from '../../core/backup/route';

/** The legs of one resource, and what each is expected to take. */
export interface EstimatedRoute {
  readonly legs: readonly Leg[];
  readonly secondsOf: (leg: Leg) => number;
}

interface Job {
  readonly route: EstimatedRoute;
  readonly leg: Leg;
  readonly remaining: number;
}

/**
 * How long it takes until all routes are done when all begin now, under the service limits and without foreign work: the
 * same order as the permit queues', longest remaining path first, played through in virtual time.
 *
 * @returns seconds
 */
export function estimateMakespan(routes: readonly EstimatedRoute[], overrides: readonly LimitOverride[]): number {
  const running: { job: Job; until: number }[] = [];
  const inUse = new Map<string, number>();
  let pending: Job[] = routes
    .flatMap((route) =>
      route.legs.map((leg) => ({ route, leg, remaining: remainingPathSeconds(route.legs, leg.id, route.secondsOf) })),
    )
    .sort((a, b) => b.remaining - a.remaining);
  const finishedLegs = new Map<EstimatedRoute, Set<string>>(routes.map((route) => [route, new Set()]));
  const isReady = ({ route, leg }: Job) => leg.after.every((id) => finishedLegs.get(route)?.has(id) === true);
  const take = (limit: LimitRef | null): boolean => {
    if (limit === null) return true;
    const key = serviceLimitWorkflowId(limit);
    const used = inUse.get(key) ?? 0;
    if (used >= capacityOf(limit, overrides)) return false;
    inUse.set(key, used + 1);
    return true;
  };

  let now = 0;
  for (;;) {
    const started = new Set<Job>();
    for (const job of pending)
      if (isReady(job) && take(job.leg.limit)) {
        started.add(job);
        running.push({ job, until: now + job.route.secondsOf(job.leg) });
      }
    pending = pending.filter((job) => !started.has(job));
    if (running.length === 0) return now;
    now = Math.min(...running.map(({ until }) => until));
    for (let i = running.length - 1; i >= 0; i--) {
      const ended = running[i];
      if (ended === undefined || ended.until > now) continue;
      running.splice(i, 1);
      const { route, leg } = ended.job;
      finishedLegs.get(route)?.add(leg.id);
      if (leg.limit === null) continue;
      const key = serviceLimitWorkflowId(leg.limit);
      inUse.set(key, (inUse.get(key) ?? 1) - 1);
    }
  }
}
