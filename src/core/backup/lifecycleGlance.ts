import { anyText, nullable, number, object, parsed, type Shape, text, time } from '../messages/shape';
import { shortened } from '../plainText';
import { type LifecycleState, type RecoveryPointOutcome } from './lifecycle';

/** The memo of a lifecycle that has its {@link LifecycleGlance}. */
export const glanceMemo = 'lifecycle';

const reasonCharacters = 300;

/**
 * How well a resource is protected, as a list of workflows tells it without asking the lifecycle: as it was when its latest recovery
 * point ended. At most a kilobyte, so that a page of a thousand fits into one answer of Temporal (4 MB).
 */
export interface LifecycleGlance {
  /** As the lifecycle has it. ISO 8601. */
  readonly protectedSince: string;
  readonly rpoSeconds: number;
  readonly latest: RecoveryPointOutcome | null;
}

const glance = object<LifecycleGlance>({
  protectedSince: time,
  rpoSeconds: number(0, Number.MAX_SAFE_INTEGER),
  latest: nullable(
    object<RecoveryPointOutcome>({
      scheduledTime: time,
      state: text(40) as Shape<RecoveryPointOutcome['state']>,
      endedAt: time,
      reason: nullable(anyText(reasonCharacters)),
    }),
  ),
});

export function glanceOf({ protectedSince, policy, outcomes }: LifecycleState): LifecycleGlance {
  const latest = outcomes.at(-1) ?? null;
  const reason = latest?.reason ?? null;
  return {
    protectedSince,
    rpoSeconds: policy.rpoSeconds,
    latest:
      latest === null ? null : { ...latest, reason: reason === null ? null : shortened(reason, reasonCharacters) },
  };
}

/** Whoever may start workflows may write any memo: null where it is no glance. */
export function readGlance(memo: unknown): LifecycleGlance | null {
  try {
    return parsed(glance, memo, glanceMemo);
  } catch {
    return null;
  }
}
