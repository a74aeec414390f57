import { type ObjectGroup, objectsOf } from './content';
import { startGcsSink } from './gcsSink';
import { type S3Source, startS3Source } from './s3Source';
import { type ChecksumName, statedChecksum } from './statedChecksum';

/** What a server process is to be. */
export type ServerOrder =
  | {
      readonly role: 'source';
      readonly groups: readonly ObjectGroup[];
      readonly tls: Tls | null;
      /** What it states of whole objects. Default: nothing. */
      readonly checksums?: ChecksumName | undefined;
    }
  | {
      readonly role: 'sink';
      readonly tls: Tls | null;
      /** Keys of what is kept, as the text of a regular expression. */
      readonly keep?: string;
    };

interface Tls {
  readonly key: string;
  readonly cert: string;
}

/** What it may be asked, and what it answers. */
export type ServerQuestion = { readonly ask: 'clear' | 'checksums' | 'cpu' };
export type ServerAnswer =
  | { readonly endpoint: string }
  | { readonly checksums: readonly (readonly [key: string, bytes: number, crc32c: number])[] }
  | { readonly cpuSeconds: number }
  | { readonly cleared: true };

/** A source or a sink in a process of its own, started by `startObjectServer`; ends with its parent. */
process.once('message', (order: ServerOrder) => {
  void serve(order);
});
process.once('disconnect', () => process.exit());

async function serve(order: ServerOrder): Promise<void> {
  const answer = (message: ServerAnswer) => process.send?.(message);
  const tls = order.tls ?? undefined;
  const sink =
    order.role === 'sink'
      ? await startGcsSink({
          ...(tls && { tls }),
          ...(order.keep !== undefined && { keep: new RegExp(order.keep) }),
        })
      : null;
  const source = order.role === 'source' ? await startSource(order) : null;
  process.on('message', ({ ask }: ServerQuestion) => {
    switch (ask) {
      case 'clear':
        sink?.clear();
        return answer({ cleared: true });
      case 'checksums':
        return answer({
          checksums: [...(sink?.objects.values() ?? [])].map(({ key, bytes, crc32c }) => [key, bytes, crc32c]),
        });
      case 'cpu': {
        const { user, system } = process.cpuUsage();
        return answer({ cpuSeconds: (user + system) / 1e6 });
      }
    }
  });
  answer({ endpoint: (sink ?? source)?.endpoint ?? '' });
}

async function startSource({ groups, tls, checksums }: Extract<ServerOrder, { role: 'source' }>): Promise<S3Source> {
  const objects = groups.flatMap((group) => [...objectsOf(group)]);
  // Computed before anyone is timed.
  if (checksums !== undefined) for (const object of objects) statedChecksum(checksums, object, 0);
  return startS3Source({ ...(tls && { tls }), objects, checksums });
}
