import { parentPort } from 'node:worker_threads';
import { type StatedChecksums } from '../../clouds/objectSource';
import { Digest, type FinishedDigest } from './digest';
import { PartsDigest } from './partsDigest';

/** What the thread is asked; contents lie in shared memory. */
export type HashQuestion =
  | { readonly type: 'whole'; readonly job: number; readonly content: Uint8Array; readonly stated: StatedChecksums }
  | { readonly type: 'begin'; readonly object: number; readonly stated: StatedChecksums }
  /** Answered twice: with its CRC32C, and when it is hashed. */
  | {
      readonly type: 'part';
      readonly job: number;
      readonly object: number;
      readonly number: number;
      readonly content: Uint8Array;
    }
  | { readonly type: 'finish'; readonly job: number; readonly object: number }
  | { readonly type: 'end'; readonly object: number };

export type HashAnswer =
  { readonly job: number; readonly crc32c: number } | { readonly job: number; readonly digest: FinishedDigest | null };

interface ObjectInParts {
  readonly digest: PartsDigest;
  /** By number of the part. */
  readonly jobs: Map<number, number>;
}

const objects = new Map<number, ObjectInParts>();
const answer = (message: HashAnswer) => parentPort?.postMessage(message);

/** The thread of `HashingThread`. */
parentPort?.on('message', (question: HashQuestion) => {
  switch (question.type) {
    case 'whole': {
      const digest = new Digest(question.stated);
      digest.update(question.content);
      return answer({ job: question.job, digest: digest.finish() });
    }
    case 'begin':
      objects.set(question.object, { digest: new PartsDigest(question.stated), jobs: new Map() });
      return;
    case 'part': {
      const object = objects.get(question.object);
      if (object === undefined) throw new Error(`no object ${question.object} has begun`);
      object.jobs.set(question.number, question.job);
      answer({ job: question.job, crc32c: object.digest.add(question.number, question.content) });
      for (const number of object.digest.hashed()) answer({ job: object.jobs.get(number) ?? 0, digest: null });
      return;
    }
    case 'finish':
      return answer({ job: question.job, digest: objects.get(question.object)?.digest.finish() ?? null });
    case 'end':
      objects.delete(question.object);
      return;
  }
});
