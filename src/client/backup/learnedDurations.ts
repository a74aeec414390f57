import { type Client } from '@temporalio/client';
import { inParallel } from '../../core/inParallel';
import { lifecycleWorkflowId } from '../../core/naming';
import { type ResourceRef } from '../../core/resource';
import { type LearnedSeconds } from '../../core/steps/estimate';
import { askLifecycle } from './lifecycleStatus';
import { type ListedLifecycle, listLifecycles } from './listLifecycles';

/** What lifecycles told. */
export interface Learned {
  readonly of: LearnedDurations;
  /** How many lifecycles were asked. */
  readonly asked: number;
  /** How many of them did not answer: what they have learnt is not known. */
  readonly silent: number;
}

/** What the steps of a resource took before; empty of one of which nobody knows. */
export type LearnedDurations = (resource: ResourceRef) => LearnedSeconds;

const width = 16;

/** Asks every lifecycle of a fleet what its steps took. Where no worker runs none answers, and each takes its time for that. */
export async function learnedDurations(client: Client, fleet: string): Promise<Learned> {
  const lifecycles: ListedLifecycle[] = [];
  for await (const listed of listLifecycles(client, fleet)) lifecycles.push(listed);
  const learned = await inParallel(lifecycles, width, async (listed) => {
    const state = await askLifecycle(client, listed);
    return [lifecycleWorkflowId(listed), state?.learned ?? null] as const;
  });
  const byId = new Map(learned);
  return {
    of: (resource) => byId.get(lifecycleWorkflowId(resource)) ?? {},
    asked: learned.length,
    silent: learned.filter(([, told]) => told === null).length,
  };
}
