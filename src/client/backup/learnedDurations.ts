import { type Client } from '@temporalio/client';
import { inParallel } from '../../core/inParallel';
import { lifecycleWorkflowId } from '../../core/naming';
import { type ResourceRef } from '../../core/resource';
import { type LearnedSeconds } from '../../core/steps/estimate';
import { askLifecycle } from './lifecycleStatus';
import { type ListedLifecycle, listLifecycles } from './listLifecycles';

/** What the steps of a resource took before; empty of one of which nobody knows. */
export type LearnedDurations = (resource: ResourceRef) => LearnedSeconds;

const width = 16;

/** Asks every lifecycle of a fleet what its steps took. One that does not answer has learnt nothing. */
export async function learnedDurations(client: Client, fleet: string): Promise<LearnedDurations> {
  const lifecycles: ListedLifecycle[] = [];
  for await (const listed of listLifecycles(client, fleet)) lifecycles.push(listed);
  const learned = await inParallel(lifecycles, width, async (listed) => {
    const state = await askLifecycle(client, listed);
    return [lifecycleWorkflowId(listed), state?.learned ?? {}] as const;
  });
  const byId = new Map(learned);
  return (resource) => byId.get(lifecycleWorkflowId(resource)) ?? {};
}
