import { type Hashing } from './hashing';
import { HashingThread } from './hashingThread';

/**
 * A few threads for hashing, each object on the one that has the least to do: one alone takes longer for a GB than the event
 * loop takes to move it (docs/performance.md).
 */
export function hashingThreads(count = 2): Hashing {
  const threads = Array.from({ length: count }, () => new HashingThread());
  const idlest = () => threads.reduce((least, thread) => (thread.jobsWaiting < least.jobsWaiting ? thread : least));
  return {
    whole: (content, stated) => idlest().whole(content, stated),
    inParts: (stated) => idlest().inParts(stated),
  };
}
