import { isOurCancellation } from './failures';

/** Runs beside the main course of a workflow, for as long as that lasts. */
export function inBackground(work: () => Promise<void>): void {
  void work().catch((error: unknown) => {
    if (!isOurCancellation(error)) throw error;
  });
}
