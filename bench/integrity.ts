import { parseArgs } from 'node:util';
import { inParallel } from '../src/core/inParallel';
import { type StoredObject } from '../src/clouds/objectStore';
import { BufferPool } from '../src/transfer/bufferPool';
import { transferObjects } from '../src/transfer/transferObjects';
import { checksumOf, type EtagStyle, etagOf, type SourceObject } from './objectServers/content';
import { type Fault } from './objectServers/faults';
import { type GcsSink, startGcsSink } from './objectServers/gcsSink';
import { findRclone, howToGetRclone, rcloneVersion, runRclone } from './objectServers/rclone';
import { type S3Source, startS3Source } from './objectServers/s3Source';
import { type ChecksumName } from './objectServers/statedChecksum';
import { storesOf } from './objectServers/stores';
import { randomFrom, table } from './statistics';

/**
 * What happens to bytes that go wrong on the way: verdicts of rclone and ours beside each other on one object, and then ours
 * on many faults at random. The sink's checksum of what it got is held against the truth.
 *
 *   npm run bench:integrity -- [--faults 10000] [--seed 1]
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { faults: { type: 'string', default: '10000' }, seed: { type: 'string', default: '1' } },
  });
  const rclone = findRclone(process.env);
  console.log(rclone === undefined ? howToGetRclone : `rclone ${await rcloneVersion(rclone)}`);
  console.log(await verdicts(rclone));
  const kinds = statements.flatMap((states) => etags.map((etag) => ({ states, etag })));
  const each = Math.ceil(Number(values.faults) / kinds.length);
  const rows: (string | number)[][] = [
    [
      'S3 states',
      'ETag',
      'faults',
      'objects',
      'whole at once',
      'whole in the end',
      'refused',
      'accepted although wrong',
    ],
  ];
  const sums = { injected: 0, objects: 0, atOnce: 0, whole: 0, refused: 0, accepted: 0 };
  const columns = Object.keys(sums) as (keyof typeof sums)[];
  for (const { states, etag } of kinds) {
    const found = await underFaults(each, Number(values.seed), states, etag);
    for (const column of columns) sums[column] += found[column];
    rows.push([states ?? 'nothing', etag, ...columns.map((column) => found[column])]);
  }
  rows.push(['all', '', ...columns.map((column) => sums[column])]);
  console.log(`\n${table(rows)}`);
}

const mebibyte = 2 ** 20;
/** Two parts for us. */
const objectBytes = 24 * mebibyte;
const middle = 5 * mebibyte;

interface Trouble {
  readonly name: string;
  /** Of the reading side and of the writing side: never twice the same, else it were damage at rest. */
  readonly source?: (time: number) => Fault;
  readonly sink?: (time: number) => Fault;
  /** Whether it happens once or always. */
  readonly once?: true;
}

const troubles: readonly Trouble[] = [
  { name: 'nothing wrong' },
  { name: 'one bit flipped on the way from S3', source: (time) => ({ type: 'flip', at: middle - time }) },
  { name: 'truncated on the way from S3', source: (time) => ({ type: 'truncate', at: middle - time }) },
  { name: 'swapped in S3 in mid-read', source: () => ({ type: 'swap', at: middle }), once: true },
  { name: "another object's bytes from S3", source: (time) => ({ type: 'other', which: time }) },
  { name: 'one bit flipped on the way to GCS', sink: (time) => ({ type: 'flip', at: middle - time }) },
  { name: 'truncated on the way to GCS', sink: (time) => ({ type: 'truncate', at: middle - time }) },
];

const casesAtOnce = 8;
/** Ours tries again for minutes what may pass; here nothing passes. */
const patienceMilliseconds = 15_000;

const etags: readonly EtagStyle[] = ['md5', 'multipart', 'kms'];
/** S3 states CRC-64/NVME of what was written since the end of 2024, unless the writer chose another. */
const statements = ['crc64nvme', 'crc32', 'crc32c', undefined] as const;

async function verdicts(rclone: string | undefined): Promise<string> {
  const rows: string[][] = [
    [
      'ETag',
      'trouble',
      'rclone',
      'rclone, set up for KMS',
      ...statements.map((states) => `ours, S3 states ${states ?? 'nothing'}`),
    ],
  ];
  const cases = etags.flatMap((etag) => troubles.map((trouble) => ({ etag, trouble })));
  const found = await inParallel(cases, casesAtOnce, async ({ etag, trouble }) => {
    const row = [etag, trouble.name];
    for (const kms of [false, true])
      row.push(
        rclone === undefined || (kms && etag !== 'kms')
          ? '-'
          : await verdict(etag, trouble, 'crc64nvme', async (source, sink) => {
              const args = ['copy', 'src:exports/one/', 'dst:backups/one/', '--retries', '1'];
              const set = kms ? ['--s3-server-side-encryption', 'aws:kms'] : [];
              const remotes = { source: source.endpoint, sink: sink.endpoint };
              return (await runRclone(rclone, [...args, ...set], remotes)).exitCode === 0;
            }),
      );
    for (const states of statements)
      row.push(
        await verdict(etag, trouble, states, (source, sink) =>
          copied(source, sink, trouble.source === undefined && trouble.sink === undefined),
        ),
      );
    console.error(row.join(', '));
    return row;
  });
  rows.push(...found);
  return table(rows);
}

/** @param copy Whether whoever copies says that it did */
async function verdict(
  etag: EtagStyle,
  { source: sourceFault, sink: sinkFault, once }: Trouble,
  states: ChecksumName | undefined,
  copy: (source: S3Source, sink: GcsSink) => Promise<boolean>,
): Promise<string> {
  const object: SourceObject = { key: 'one/part-000000.data', bytes: objectBytes, etag };
  let happened = 0;
  // Only where it can: a part of a few bytes has no middle.
  const happens = (fault: Trouble['source'], bytes: number): Fault | null => {
    if (fault === undefined || (bytes >= 0 && bytes <= middle) || (once && happened > 0)) return null;
    return fault(happened++);
  };
  const source = await startS3Source({
    objects: [object],
    checksums: states,
    faultOf: ({ operation, bytes }) => (operation === 'get' ? happens(sourceFault, bytes) : null),
  });
  const sink = await startGcsSink({
    md5: true,
    faultOf: ({ operation, bytes }) => (operation === 'upload' ? happens(sinkFault, bytes) : null),
  });
  try {
    const said = await copy(source, sink);
    const found = sink.objects.get(object.key);
    const right = found !== undefined && isOneOf(object, source, found);
    if (said) return right ? 'copied' : 'COPIED WRONG';
    return sourceFault === undefined && sinkFault === undefined ? 'FALSE ALARM' : 'refused';
  } finally {
    await Promise.all([source.close(), sink.close()]);
  }
}

/** Whether it is, as a whole, what the source held at some time. */
function isOneOf(object: SourceObject, source: S3Source, found: { bytes: number; crc32c: number }): boolean {
  const revisions = Array.from({ length: source.revisionOf(object.key) + 1 }, (_, revision) => revision);
  return found.bytes === object.bytes && revisions.some((revision) => checksumOf(object, revision) === found.crc32c);
}

async function copied(source: S3Source, sink: GcsSink, patient: boolean): Promise<boolean> {
  const stores = storesOf(source, sink);
  try {
    const entries: { key: string; bytes: number; revision: string }[] = [];
    for await (const page of stores.source.list('one/'))
      entries.push(...page.map(({ key, bytes, revision }) => ({ key: key.slice('one/'.length), bytes, revision })));
    await transferObjects({
      ...stores,
      entries,
      sourcePrefix: 'one/',
      targetPrefix: 'one/',
      stagingPrefix: 'staging/',
      ...(patient ? {} : { signal: AbortSignal.timeout(patienceMilliseconds) }),
    });
    return true;
  } catch {
    return false;
  } finally {
    stores.close();
  }
}

const partBytes = 64 * 1024;
const largestBytes = 256 * 1024;
const atOnce = 16;
/** As an activity is tried again. */
const tries = 6;

interface Outcome {
  readonly injected: number;
  readonly objects: number;
  readonly atOnce: number;
  readonly whole: number;
  readonly refused: number;
  readonly accepted: number;
}

/** Copies objects of up to four parts, of whose requests about every fourth goes wrong, until so many have. */
async function underFaults(
  faults: number,
  seed: number,
  states: ChecksumName | undefined,
  etag: EtagStyle,
): Promise<Outcome> {
  const random = randomFrom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  let injected = 0;
  const maybe = (kinds: readonly (() => Fault)[]): Fault | null => {
    if (random() > 0.25) return null;
    injected++;
    return kinds[below(kinds.length)]?.() ?? null;
  };
  const objects = Array.from({ length: faults }, (_, i): SourceObject => ({
    key: `many/part-${String(i).padStart(6, '0')}.data`,
    bytes: 1 + below(largestBytes),
    etag,
  }));
  const source = await startS3Source({
    objects,
    checksums: states,
    faultOf: ({ operation, bytes }) =>
      operation !== 'get'
        ? null
        : maybe([
            () => ({ type: 'flip', at: below(bytes) }),
            () => ({ type: 'truncate', at: below(bytes) }),
            () => ({ type: 'swap', at: below(bytes) }),
            () => ({ type: 'other', which: injected }),
          ]),
  });
  const sink = await startGcsSink({
    faultOf: ({ operation, bytes }) =>
      operation !== 'upload'
        ? null
        : maybe([
            () => ({ type: 'flip', at: below(Math.max(1, bytes - 1000)) }),
            () => ({ type: 'truncate', at: below(Math.max(1, bytes - 1000)) }),
            () => ({ type: 'kept-flipped', at: 0 }),
            () => ({ type: 'unanswered' }),
          ]),
  });
  const stores = storesOf(source, sink);
  const memory = new BufferPool(32 * mebibyte);
  const counts = { objects: 0, atOnce: 0, whole: 0, refused: 0, accepted: 0 };
  try {
    await inParallel(objects, atOnce, async (object) => {
      if (injected >= faults) return;
      counts.objects++;
      for (let attempt = 1; ; attempt++) {
        // As the next try would: what is listed in the target is not sent again, and the source is listed anew.
        const already = new Map<string, StoredObject>();
        for await (const page of stores.target.list(object.key))
          for (const found of page) already.set(found.key, found);
        const revision = etagOf(object, source.revisionOf(object.key)).replaceAll('"', '');
        try {
          const { entries } = await transferObjects({
            ...stores,
            entries: [{ key: object.key, bytes: object.bytes, revision }],
            sourcePrefix: '',
            targetPrefix: '',
            stagingPrefix: `staging/${object.key}/`,
            partBytes,
            memory,
            already,
          });
          const found = sink.objects.get(object.key);
          const stated = entries[0]?.crc32c;
          const right =
            found !== undefined &&
            isOneOf(object, source, found) &&
            stated === found.crc32c.toString(16).padStart(8, '0');
          if (right) counts.whole++;
          else counts.accepted++;
          if (right && attempt === 1) counts.atOnce++;
          return;
        } catch {
          if (attempt < tries) continue;
          counts.refused++;
          return;
        }
      }
    });
  } finally {
    stores.close();
    await Promise.all([source.close(), sink.close()]);
  }
  return { injected, ...counts };
}

void main();
