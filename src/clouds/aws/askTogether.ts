import DataLoader from 'dataloader';

/** How long a question waits for others to share its call. */
const windowMs = 50;

/** The longest page of a Describe call (MaxRecords): as many ids fit into one. */
const mostIds = 100;

/**
 * Answers questions about single ids with shared calls: whatever is asked within 50 ms, at most 100 ids, becomes one call
 * of `list`, which answers by id; an id it does not know is undefined. Nothing is remembered.
 */
export function askTogether<V>(list: (ids: readonly string[]) => Promise<ReadonlyMap<string, V>>) {
  const loader = new DataLoader<string, V | undefined>(
    async (ids) => {
      const answers = await list([...new Set(ids)]);
      return ids.map((id) => answers.get(id));
    },
    { cache: false, maxBatchSize: mostIds, batchScheduleFn: (send) => void setTimeout(send, windowMs) },
  );
  /** An abort ends the wait of the one who asked, not the call that others share. */
  return async (id: string, signal?: AbortSignal): Promise<V | undefined> => {
    signal?.throwIfAborted();
    const answer = loader.load(id);
    if (!signal) return answer;
    return new Promise((resolve, reject) => {
      const abort = () => reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
      signal.addEventListener('abort', abort, { once: true });
      answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
    });
  };
}
