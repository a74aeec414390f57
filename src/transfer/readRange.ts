import { applicationFailure } from '../core/applicationFailure';
import { failureTypes } from '../core/failure';
import { type ObjectSource, type StatedChecksums } from '../clouds/objectSource';
import { type SourceObject } from './transferObjects';

/**
 * Reads [from, to) of one revision of an object into memory, exactly; `begin` says who is shown each chunk as it comes.
 *
 * @throws ApplicationFailure `Conflict` when the object is another one by now, `Transient` when its stream broke off.
 */
export async function readRange(
  source: ObjectSource,
  key: string,
  { bytes, revision }: Pick<SourceObject, 'bytes' | 'revision'>,
  [from, to]: readonly [number, number],
  into: Buffer,
  signal: AbortSignal,
  begin: (stated: StatedChecksums) => (chunk: Buffer) => void,
): Promise<void> {
  let at = 0;
  await eachChunk(source, key, { bytes, revision }, [from, to], signal, (stated) => {
    const take = begin(stated);
    return (chunk) => {
      into.set(chunk, at);
      at += chunk.length;
      // While the processor still has it at hand: hashing 16 MiB at once later would hold up every connection for as long.
      take(chunk);
    };
  });
}

/** Hands over [from, to) of one revision as it comes, never more; throws as {@link readRange}. */
export async function eachChunk(
  source: ObjectSource,
  key: string,
  { bytes, revision }: Pick<SourceObject, 'bytes' | 'revision'>,
  [from, to]: readonly [number, number],
  signal: AbortSignal,
  begin: (stated: StatedChecksums) => (chunk: Buffer) => void,
): Promise<void> {
  const range = from === 0 && to === bytes ? {} : { from, to };
  const opened = await source.open(key, { ...range, revision }, signal);
  const { body } = opened;
  if (opened.bytes !== bytes || opened.revision !== revision) {
    body.destroy();
    const what = `${opened.bytes} bytes of ${opened.revision} instead of ${bytes} of ${revision}`;
    throw opened.revision === revision
      ? // The same content has the same length: what came was cut off on its way.
        applicationFailure(failureTypes.transient, `${key}: the answer is not whole: ${what}`)
      : applicationFailure(failureTypes.conflict, `${key}: changed while it was read: ${what}`);
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
  if (came !== to - from)
    throw applicationFailure(failureTypes.transient, `${key}: ${came} bytes came instead of ${to - from}`);
}
