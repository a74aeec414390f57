import { type Fleet, revisionOf } from '../../config';
import { applicationFailure } from '../../core/applicationFailure';
import { failureTypes } from '../../core/failure';

/**
 * A worker that was started before the fleet file changed must not let go by the old one. What it is told can only have it refuse.
 *
 * @param wanted revision of the fleet file that whoever asks has
 * @throws ApplicationFailure `Configuration`
 */
export function requireRevision(fleet: Fleet, wanted: string, queue: string): void {
  const own = revisionOf(fleet);
  if (own === wanted) return;
  throw applicationFailure(
    failureTypes.configuration,
    `the worker of the queue \`${queue}\` has revision ${own} of the fleet file of ${fleet.name}, and whoever asks has ${wanted}: nothing was touched; give all workers and this machine the same file, overlay and build of Farcopy, and restart them`,
  );
}
