import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type StatedChecksums } from '../../clouds/objectSource';
import { applicationFailure } from '../../core/applicationFailure';
import { failureTypes } from '../../core/failure';
import { type FinishedDigest } from './digest';
import { type HashAnswer, type HashQuestion } from './hashThread';
import { type Hashing, type PartsHashing } from './hashing';
import { hashingHere } from './hashingHere';

/** Asking the thread costs more than hashing so much. */
const hashedHereUpTo = 128 * 1024;

interface Job {
  readonly crc32c?: (crc32c: number) => void;
  readonly digest: (digest: FinishedDigest | null) => void;
  readonly reject: (error: Error) => void;
}

/**
 * In a thread of its own, so that the event loop only moves bytes: SHA-256 takes 0.8 s a GB, the other checksums 0.2 to 0.5.
 * What it hashes must lie in shared memory (BufferPool), or it is copied.
 */
export class HashingThread implements Hashing {
  private worker: Worker | null = null;
  private readonly jobs = new Map<number, Job>();
  private numbers = 0;

  get jobsWaiting(): number {
    return this.jobs.size;
  }

  whole(content: Buffer, stated: StatedChecksums): Promise<FinishedDigest> {
    if (content.length <= hashedHereUpTo) return hashingHere.whole(content, stated);
    return new Promise((resolve, reject) => {
      const job = this.begin({ digest: (digest) => resolve(digest as FinishedDigest), reject });
      this.ask({ type: 'whole', job, content, stated });
    });
  }

  inParts(stated: StatedChecksums): PartsHashing {
    const object = ++this.numbers;
    const jobs = new Set<number>();
    this.ask({ type: 'begin', object, stated });
    return {
      part: (number, content) => {
        let reject: Job['reject'] = () => undefined;
        let isDone: () => void = () => undefined;
        const done = new Promise<void>((resolve, refuse) => {
          isDone = resolve;
          reject = refuse;
        });
        // Whoever waits for the CRC32C is told of trouble; the other promise may never be looked at.
        done.catch(() => undefined);
        const crc32c = new Promise<number>((resolve, refuse) => {
          const job = this.begin({
            crc32c: resolve,
            digest: isDone,
            reject: (error) => {
              refuse(error);
              reject(error);
            },
          });
          jobs.add(job);
          this.ask({ type: 'part', job, object, number, content });
        });
        return { crc32c, done };
      },
      finish: () =>
        new Promise((resolve, reject) => {
          const job = this.begin({ digest: (digest) => resolve(digest as FinishedDigest), reject });
          this.ask({ type: 'finish', job, object });
        }),
      end: () => {
        for (const job of jobs) this.jobs.delete(job);
        this.ask({ type: 'end', object });
      },
    };
  }

  private begin(job: Job): number {
    const number = ++this.numbers;
    this.jobs.set(number, job);
    return number;
  }

  private ask(question: HashQuestion): void {
    this.worker ??= this.start();
    this.worker.postMessage(question);
    this.keepProcess();
  }

  /** For as long as someone waits for an answer. */
  private keepProcess(): void {
    if (this.jobs.size > 0) this.worker?.ref();
    else this.worker?.unref();
  }

  private start(): Worker {
    const worker = new Worker(join(__dirname, 'hashThread.js'), {
      // It holds a few numbers: without a limit it would let its heap grow before it looks for what is no longer used.
      resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2 },
    });
    worker.on('message', (answer: HashAnswer) => {
      const job = this.jobs.get(answer.job);
      if ('crc32c' in answer) return job?.crc32c?.(answer.crc32c);
      this.jobs.delete(answer.job);
      this.keepProcess();
      job?.digest(answer.digest);
    });
    const lost = (error?: Error) => {
      if (this.worker !== worker) return;
      this.worker = null;
      const jobs = [...this.jobs.values()];
      this.jobs.clear();
      for (const job of jobs)
        job.reject(
          applicationFailure(failureTypes.transient, `the hashing thread has ended: ${error?.message ?? ''}`, {
            cause: error,
          }),
        );
    };
    worker.on('error', lost);
    worker.on('exit', () => lost());
    return worker;
  }
}
