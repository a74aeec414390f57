import { type Step, type StepLimit } from '../../core/steps/step';
import { serviceLimitWorkflowId } from '../../core/naming';
import { remainingPathSeconds } from '../../core/steps/estimate';

/** The steps of one resource, and what each is expected to take. */
export interface EstimatedRoute {
  readonly steps: readonly Step[];
  readonly secondsOf: (step: Step) => number;
}

interface Job {
  readonly route: EstimatedRoute;
  readonly step: Step;
  readonly remaining: number;
}

/**
 * How long it takes until all routes are done when all begin now, under the service limits and without foreign work: the
 * same order as the permit queues', longest remaining path first, played through in virtual time.
 *
 * @returns seconds
 */
export function estimateMakespan(routes: readonly EstimatedRoute[]): number {
  const running: { job: Job; until: number }[] = [];
  const inUse = new Map<string, number>();
  let pending: Job[] = routes
    .flatMap((route) =>
      route.steps.map((step) => ({
        route,
        step,
        remaining: remainingPathSeconds(route.steps, step.id, route.secondsOf),
      })),
    )
    .sort((a, b) => b.remaining - a.remaining);
  const finished = new Map<EstimatedRoute, Set<string>>(routes.map((route) => [route, new Set()]));
  const isReady = ({ route, step }: Job) =>
    [...step.after, ...step.behind].every((id) => finished.get(route)?.has(id) === true);
  const take = (limit: StepLimit | null): boolean => {
    if (limit === null) return true;
    const key = serviceLimitWorkflowId(limit);
    const used = inUse.get(key) ?? 0;
    if (used >= limit.capacity) return false;
    inUse.set(key, used + 1);
    return true;
  };

  let now = 0;
  for (;;) {
    const started = new Set<Job>();
    for (const job of pending)
      if (isReady(job) && take(job.step.limit)) {
        started.add(job);
        running.push({ job, until: now + job.route.secondsOf(job.step) });
      }
    pending = pending.filter((job) => !started.has(job));
    if (running.length === 0) return now;
    now = Math.min(...running.map(({ until }) => until));
    for (let i = running.length - 1; i >= 0; i--) {
      const ended = running[i];
      if (ended === undefined || ended.until > now) continue;
      running.splice(i, 1);
      const { route, step } = ended.job;
      finished.get(route)?.add(step.id);
      if (step.limit === null) continue;
      const key = serviceLimitWorkflowId(step.limit);
      inUse.set(key, (inUse.get(key) ?? 1) - 1);
    }
  }
}
