import { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { failureTypes } from '../core/failure';
import { aroundEach } from './aroundEach';

/** An activity that has begun. */
export interface ObservedActivity {
  readonly activity: string;
  /** A name of the registry, or empty: what it works on is none, or not told in its input. */
  readonly kind: string;
  /** The type of the step that it performs, as the kind or the general operations have it; else empty. */
  readonly step: string;
  readonly workflowId: string;
  readonly args: readonly unknown[];
}

/** How it ended, and its result where it is done. */
export interface ObservedEnd {
  readonly outcome: ActivityOutcome;
  readonly result?: unknown;
}

/** `Unknown` is any other error than the types of core/failure.ts. */
export const activityOutcomes = ['done', ...Object.values(failureTypes), 'Cancelled', 'Unknown'] as const;
export type ActivityOutcome = (typeof activityOutcomes)[number];

/** Sees each activity begin; what it returns is called when that one has ended. */
export type ActivityObserver = (begun: ObservedActivity) => (end: ObservedEnd) => void;

/** The types of steps that there are, by kind: inputs of activities come from workflows, and may say anything. */
export type StepTypes = ReadonlyMap<string, ReadonlySet<string>>;

/** Activities that others see begin and end. */
export function observed<A extends object>(
  activities: A,
  stepTypes: StepTypes,
  observers: readonly ActivityObserver[],
): A {
  return aroundEach(activities, async (name, args, run) => {
    const { workflowId = '' } = Context.current().info.workflowExecution ?? {};
    const begun = { activity: String(name), ...worksOn(args[0], stepTypes), workflowId, args };
    const ends = observers.map((observer) => observer(begun));
    const end = (ended: ObservedEnd) => ends.forEach((tell) => tell(ended));
    try {
      const result = await run();
      end({ outcome: 'done', result });
      return result;
    } catch (error) {
      end({ outcome: outcomeOf(error) });
      throw error;
    }
  });
}

/** What an input names, in words that there are. */
function worksOn(input: unknown, stepTypes: StepTypes): { readonly kind: string; readonly step: string } {
  const request = (input ?? {}) as Partial<Record<'identity' | 'resource' | 'step', Partial<Record<string, unknown>>>>;
  const { kind } = (request.identity?.resource ?? request.resource ?? {}) as { readonly kind?: unknown };
  const types = typeof kind === 'string' ? stepTypes.get(kind) : undefined;
  if (types === undefined) return { kind: '', step: '' };
  const type = request.step?.type;
  return { kind: kind as string, step: typeof type === 'string' && types.has(type) ? type : '' };
}

/** How an activity that throws this has ended. */
export function outcomeOf(error: unknown): ActivityOutcome {
  if (error instanceof CancelledFailure || (error as { name?: unknown } | null)?.name === 'AbortError')
    return 'Cancelled';
  const type = error instanceof ApplicationFailure ? error.type : undefined;
  return activityOutcomes.find((outcome) => outcome === type) ?? 'Unknown';
}
