import { type KeyService } from './keyService';

/** A data key and what a payload under it says of it. */
export interface DataKey {
  readonly keyArn: string;
  readonly plain: Uint8Array;
  readonly wrapped: Uint8Array;
}

/** A data key encrypts for this long, and so many payloads: whoever gets one reads no more than these. */
export const rotation = { ms: 60 * 60_000, payloads: 100_000 } as const;

/** So many data keys are remembered for reading, each for this long: a right that is taken back ends within that time. */
export const memory = { ms: 60 * 60_000, keys: 2_000 } as const;

/** The data keys of this process: one that encrypts, changed in time, and those that it has seen, none of them on any disk. */
export class DataKeys {
  private writing: { readonly since: number; readonly key: Promise<DataKey>; used: number } | undefined;
  /** In the order in which they were learnt. */
  private readonly known = new Map<string, { readonly since: number; readonly plain: Promise<Uint8Array> }>();

  /** @param now milliseconds that never go back */
  constructor(
    private readonly service: KeyService,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** The key to encrypt the next payload under; each call is a payload. Whoever asks meanwhile waits for the same one. */
  async forWriting(keyArn: string): Promise<DataKey> {
    let { writing } = this;
    if (writing === undefined || writing.used >= rotation.payloads || this.now() >= writing.since + rotation.ms) {
      writing = { since: this.now(), key: this.generated(keyArn), used: 0 };
      this.writing = writing;
      const made = writing;
      made.key.catch(() => {
        if (this.writing === made) this.writing = undefined;
      });
    }
    writing.used += 1;
    return writing.key;
  }

  /** The plain key that was wrapped. What failed is asked again by the next. */
  async forReading(keyArn: string, wrapped: Uint8Array): Promise<Uint8Array> {
    const name = nameOf(keyArn, wrapped);
    const before = this.known.get(name);
    if (before !== undefined && this.now() < before.since + memory.ms) return before.plain;
    return this.remember(name, this.service.unwrap(keyArn, wrapped));
  }

  private async generated(keyArn: string): Promise<DataKey> {
    const { plain, wrapped } = await this.service.generate(keyArn);
    void this.remember(nameOf(keyArn, wrapped), Promise.resolve(plain));
    return { keyArn, plain, wrapped };
  }

  private remember(name: string, plain: Promise<Uint8Array>): Promise<Uint8Array> {
    const learnt = { since: this.now(), plain };
    this.known.delete(name);
    this.known.set(name, learnt);
    for (const oldest of this.known.keys()) {
      if (this.known.size <= memory.keys) break;
      this.known.delete(oldest);
    }
    plain.catch(() => {
      if (this.known.get(name) === learnt) this.known.delete(name);
    });
    return plain;
  }
}

const nameOf = (keyArn: string, wrapped: Uint8Array) => `${keyArn} ${Buffer.from(wrapped).toString('base64')}`;
