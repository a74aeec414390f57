import DataLoader from 'dataloader';
import { type Scope } from '../../core/catalogue/copy';

/** How long a question waits for others to share its call: little beside the seconds between two looks. */
const windowMs = 100;

/** The longest page of a Describe call (MaxRecords): as many ids fit into one. */
const mostIds = 100;

/**
 * Answers questions about single ids with shared calls: whatever is asked of a scope within 100 ms, at most 100 ids, becomes one
 * call of `list`, which answers by id; an id it does not know is undefined. Nothing is remembered.
 */
export function askTogether<V>(list: (scope: Scope, ids: readonly string[]) => Promise<ReadonlyMap<string, V>>) {
  const loaders = new Map<string, DataLoader<string, V | undefined>>();
  const loaderIn = (scope: Scope) => {
    const place = [scope.access, scope.account, scope.region].join(' ');
    let loader = loaders.get(place);
    if (loader === undefined) {
      loader = new DataLoader<string, V | undefined>(
        async (ids) => {
          const answers = await list(scope, [...new Set(ids)]);
          return ids.map((id) => answers.get(id));
        },
        { cache: false, maxBatchSize: mostIds, batchScheduleFn: (send) => void setTimeout(send, windowMs) },
      );
      loaders.set(place, loader);
    }
    return loader;
  };
  /** An abort ends the wait of the one who asked, not the call that others share. */
  return async (scope: Scope, id: string, signal?: AbortSignal): Promise<V | undefined> => {
    signal?.throwIfAborted();
    const answer = loaderIn(scope).load(id);
    if (!signal) return answer;
    return new Promise((resolve, reject) => {
      const abort = () => reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
      signal.addEventListener('abort', abort, { once: true });
      answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
    });
  };
}
