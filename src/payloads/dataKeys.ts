import { type KeyService } from './keyService';
import { PayloadError } from './payloadError';

/** A data key and what a payload under it says of it. */
export interface DataKey {
  readonly keyArn: string;
  readonly plain: Uint8Array;
  readonly wrapped: Uint8Array;
}

/**
 * A data key encrypts for this long, and so many payloads: whoever gets one reads no more than these. While KMS does not answer, it
 * goes on, up to `longestMs` and the same number of payloads, and KMS is asked again each `askAgainMs`.
 */
export const rotation = {
  ms: 60 * 60_000,
  payloads: 100_000,
  longestMs: 24 * 60 * 60_000,
  askAgainMs: 60_000,
} as const;

interface Writing {
  readonly key: DataKey;
  readonly since: number;
  /** When another one is asked for. */
  askAt: number;
  /** It goes on since KMS was away when another one was asked for. */
  late: boolean;
  used: number;
}

/** So many data keys are remembered for reading, each for this long: a right that is taken back ends within that time. */
export const memory = { ms: 60 * 60_000, keys: 2_000 } as const;

/** The data keys of this process: one that encrypts, changed in time, and those that it has seen, none of them on any disk. */
export class DataKeys {
  private writing: Writing | undefined;
  private asking: Promise<void> | undefined;
  /** In the order in which they were learnt. */
  private readonly known = new Map<string, { readonly since: number; readonly plain: Promise<Uint8Array> }>();

  /** @param now milliseconds that never go back */
  constructor(
    private readonly service: KeyService,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * The key to encrypt the next payload under; each call is a payload. Whoever asks meanwhile waits for the same one, but not while KMS
   * is away and there is an older one: a heartbeat that cannot be encrypted cancels its activity.
   */
  async forWriting(keyArn: string): Promise<DataKey> {
    for (;;) {
      const { writing } = this;
      const mayGoOn = writing !== undefined && this.mayGoOn(writing);
      if (writing === undefined || !mayGoOn || this.now() >= writing.askAt) {
        const asked = (this.asking ??= this.renewed(keyArn).finally(() => (this.asking = undefined)));
        if (!mayGoOn || !writing.late) {
          await asked;
          continue;
        }
        asked.catch(() => undefined);
      }
      writing.used += 1;
      return writing.key;
    }
  }

  /** Asks KMS, whatever is remembered, for a data key, and to unwrap it. */
  async prove(keyArn: string): Promise<void> {
    const { wrapped } = await this.service.generate(keyArn);
    await this.service.unwrap(keyArn, wrapped);
  }

  /** The plain key that was wrapped. What failed is asked again by the next. */
  async forReading(keyArn: string, wrapped: Uint8Array): Promise<Uint8Array> {
    const name = nameOf(keyArn, wrapped);
    const before = this.known.get(name);
    if (before !== undefined && this.now() < before.since + memory.ms) return before.plain;
    return this.remember(name, this.service.unwrap(keyArn, wrapped));
  }

  /** Another key to encrypt under; where KMS is away, the one before for another minute, if it may go on. */
  private async renewed(keyArn: string): Promise<void> {
    const since = this.now();
    try {
      const key = await this.generated(keyArn);
      this.writing = { key, since, askAt: since + rotation.ms, late: false, used: 0 };
    } catch (error) {
      const { writing } = this;
      if (!(error instanceof PayloadError && error.trouble === 'unreachable')) this.writing = undefined;
      if (writing === undefined || this.writing === undefined || !this.mayGoOn(writing)) throw error;
      writing.late = true;
      writing.askAt = this.now() + rotation.askAgainMs;
    }
  }

  private mayGoOn({ since, used }: Writing): boolean {
    return used < rotation.payloads && this.now() < since + rotation.longestMs;
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
