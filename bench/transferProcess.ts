import { BufferPool } from '../src/transfer/bufferPool';
import { hashingThreads } from '../src/transfer/hashing/hashingThreads';
import { type SourceObject } from '../src/transfer/route';
import { transferObjects } from '../src/transfer/transferObjects';
import { type S3Store } from '../src/clouds/aws/s3/s3Store';
import { storesOf } from './objectServers/stores';

/** One transfer to make: of the objects under a prefix, each of so many processes takes every so manyth. */
export interface TransferOrder {
  readonly sourcePrefix: string;
  readonly targetPrefix: string;
  readonly shard: number;
  readonly shards: number;
}

export interface TransferReport {
  readonly objects: number;
  readonly bytes: number;
  readonly checkedAgainstSource: number;
  readonly cpuSeconds: number;
  /** The most since the process began. */
  readonly peakMiB: number;
}

/** A process that transfers as a transfer worker does, but for Temporal; started by `bench/transfer.ts`. */
const [, , sourceEndpoint = '', sinkEndpoint = ''] = process.argv;
const { source, target } = storesOf({ endpoint: sourceEndpoint }, { endpoint: sinkEndpoint });

const memory = new BufferPool(64 * 1024 * 1024);
const hashing = hashingThreads();

process.on('message', (order: TransferOrder) => {
  void transfer(order).then((report) => process.send?.(report));
});
process.once('disconnect', () => process.exit());
process.send?.('ready');

async function transfer({ sourcePrefix, targetPrefix, shard, shards }: TransferOrder): Promise<TransferReport> {
  const before = process.cpuUsage();
  const { sent, checkedAgainstSource } = await transferObjects({
    source,
    target,
    entries: entriesOf(source, sourcePrefix, shard, shards),
    sourcePrefix,
    targetPrefix,
    stagingPrefix: `staging/${targetPrefix}${shard}/`,
    memory,
    hashing,
  });
  const { user, system } = process.cpuUsage(before);
  return {
    ...sent,
    checkedAgainstSource,
    cpuSeconds: (user + system) / 1e6,
    peakMiB: process.resourceUsage().maxRSS / 1024,
  };
}

async function* entriesOf(store: S3Store, prefix: string, shard: number, shards: number): AsyncGenerator<SourceObject> {
  let i = 0;
  for await (const page of store.list(prefix))
    for (const { key, bytes, revision } of page)
      if (i++ % shards === shard) yield { key: key.slice(prefix.length), bytes, revision };
}
