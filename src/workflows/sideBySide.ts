import { CancellationScope } from '@temporalio/workflow';
import { inParallel } from '../core/inParallel';
import { isOurCancellation } from './failures';

/** Works on all items, at most `width` at a time. One that throws cancels the others, and all have ended before it is told. */
export async function allEnded<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  await CancellationScope.cancellable(async () => {
    const scope = CancellationScope.current();
    const failures: unknown[] = [];
    await inParallel(items, width, async (item) => {
      if (failures.length > 0) return;
      await work(item).catch((error: unknown) => {
        failures.push(error);
        scope.cancel();
      });
    });
    // The others were cancelled by the first, or with it.
    const [first] = failures;
    if (first instanceof Error) throw first;
  });
}

/** Runs beside the main course of a workflow, for as long as that lasts. */
export function inBackground(work: () => Promise<void>): void {
  void work().catch((error: unknown) => {
    if (!isOurCancellation(error)) throw error;
  });
}
