import { randomBytes } from 'node:crypto';
import { type GeneratedKey, type KeyService } from '../../src/payloads/keyService';
import { PayloadError } from '../../src/payloads/payloadError';

/** As long as the blob in which KMS wraps a data key of 32 bytes. */
const wrappedLength = 184;

/** KMS in memory, which counts what it is asked. */
export class FakeKeyService implements KeyService {
  readonly calls: string[] = [];
  /** What every call meets. */
  trouble: PayloadError | null = null;
  private readonly made = new Map<string, Uint8Array>();

  async generate(keyArn: string): Promise<GeneratedKey> {
    this.calls.push(`generate ${keyArn}`);
    // As over a network: whoever asks meanwhile asks before there is an answer.
    await Promise.resolve();
    if (this.trouble !== null) throw this.trouble;
    const key = { plain: randomBytes(32), wrapped: randomBytes(wrappedLength) };
    this.made.set(nameOf(keyArn, key.wrapped), key.plain);
    return key;
  }

  async unwrap(keyArn: string, wrapped: Uint8Array): Promise<Uint8Array> {
    this.calls.push(`unwrap ${keyArn}`);
    await Promise.resolve();
    if (this.trouble !== null) throw this.trouble;
    const plain = this.made.get(nameOf(keyArn, wrapped));
    if (plain === undefined) throw new PayloadError('damaged', `no data key of ${keyArn}`, 'look');
    return plain;
  }
}

const nameOf = (keyArn: string, wrapped: Uint8Array) => `${keyArn} ${Buffer.from(wrapped).toString('hex')}`;
