import { applicationFailure } from '../core/applicationFailure';
import { failureTypes } from '../core/failure';
import { type BodySink } from '../clouds/bodyReader';
import { type DirectSource, type ObjectSource, type StatedChecksums } from '../clouds/objectSource';
import { type SourceObject } from './route';

/**
 * Reads [from, to) of one revision of an object into memory, exactly, and tells what is stated of the whole.
 *
 * @throws ApplicationFailure `Conflict` when the object is another one by now, `Transient` when its stream broke off.
 */
export async function readRange(
  source: DirectSource,
  key: string,
  entry: Pick<SourceObject, 'bytes' | 'revision'>,
  range: readonly [number, number],
  into: Buffer,
  signal: AbortSignal,
): Promise<StatedChecksums> {
  return readInto(source, key, entry, range, { bytes: into.length, room: (at) => into.subarray(at) }, signal);
}

const comparedAtOnce = 256 * 1024;

/** Whether a second reading of the same range brings the same bytes. Throws as {@link readRange}. */
export async function comesAgain(
  source: DirectSource,
  key: string,
  entry: Pick<SourceObject, 'bytes' | 'revision'>,
  range: readonly [number, number],
  before: Buffer,
  signal: AbortSignal,
): Promise<boolean> {
  const chunk = Buffer.allocUnsafe(Math.min(before.length, comparedAtOnce));
  let at = 0;
  let same = true;
  const sink = {
    bytes: before.length,
    room: () => chunk,
    took: (bytes: Uint8Array) => {
      same &&= before.compare(bytes, 0, bytes.length, at, at + bytes.length) === 0;
      at += bytes.length;
    },
  };
  await readInto(source, key, entry, range, sink, signal);
  return same;
}

async function readInto(
  source: DirectSource,
  key: string,
  entry: Pick<SourceObject, 'bytes' | 'revision'>,
  range: readonly [number, number],
  sink: BodySink,
  signal: AbortSignal,
): Promise<StatedChecksums> {
  const read = await source.readInto(key, { ...rangeOf(range, entry), revision: entry.revision }, sink, signal);
  requireSame(key, read, entry);
  requireWhole(key, read.came, range);
  return read.stated;
}

/** Hands over [from, to) of one revision as it comes, never more; throws as {@link readRange}. */
export async function eachChunk(
  source: ObjectSource,
  key: string,
  entry: Pick<SourceObject, 'bytes' | 'revision'>,
  range: readonly [number, number],
  signal: AbortSignal,
  begin: (stated: StatedChecksums) => (chunk: Buffer) => void,
): Promise<void> {
  const [from, to] = range;
  const opened = await source.open(key, { ...rangeOf(range, entry), revision: entry.revision }, signal);
  const { body } = opened;
  try {
    requireSame(key, opened, entry);
  } catch (error) {
    body.destroy();
    throw error;
  }
  const take = begin(opened.stated);
  let came = 0;
  await new Promise<void>((resolve, reject) => {
    let ended = false;
    body.on('data', (chunk: Buffer) => {
      came += chunk.length;
      if (came <= to - from) take(chunk);
      else body.destroy();
    });
    body.on('end', () => {
      ended = true;
      resolve();
    });
    body.on('error', (error: Error) => {
      reject(
        signal.aborted
          ? error
          : applicationFailure(failureTypes.transient, `${key}: reading broke off: ${error.message}`, { cause: error }),
      );
    });
    body.on('close', () => {
      if (!ended) reject(applicationFailure(failureTypes.transient, `${key}: reading broke off`));
    });
  });
  requireWhole(key, came, range);
}

/** Only of a whole object the source says what it states of it. */
function rangeOf([from, to]: readonly [number, number], { bytes }: Pick<SourceObject, 'bytes'>) {
  return from === 0 && to === bytes ? {} : { from, to };
}

function requireSame(
  key: string,
  found: Pick<SourceObject, 'bytes' | 'revision'>,
  { bytes, revision }: Pick<SourceObject, 'bytes' | 'revision'>,
): void {
  if (found.bytes === bytes && found.revision === revision) return;
  const what = `${found.bytes} bytes of ${found.revision} instead of ${bytes} of ${revision}`;
  throw found.revision === revision
    ? // The same content has the same length: what came was cut off on its way.
      applicationFailure(failureTypes.transient, `${key}: the answer is not whole: ${what}`)
    : applicationFailure(failureTypes.conflict, `${key}: changed while it was read: ${what}`);
}

function requireWhole(key: string, came: number, [from, to]: readonly [number, number]): void {
  if (came !== to - from)
    throw applicationFailure(failureTypes.transient, `${key}: ${came} bytes came instead of ${to - from}`);
}
