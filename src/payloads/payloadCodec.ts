import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import {
  defaultPayloadConverter,
  type Payload,
  type PayloadCodec,
  type SerializationContext,
} from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { readableByAll, wordsOfFailure } from '../core/payloadMarks';
import { type DataKeys } from './dataKeys';
import { PayloadError } from './payloadError';

/** What of an encrypted payload is readable; the first two are named as in Temporal's samples. */
const metadata = { encoding: 'encoding', keyArn: 'encryption-key-id', dataKey: 'encryption-data-key' } as const;
const encrypted = 'binary/encrypted';

/** The first byte of an encrypted payload. */
const format = 1;
const cipher = 'aes-256-gcm';
const ivLength = 12;
const tagLength = 16;

/** The keys that a process may use. */
export interface PayloadKeys {
  /** ARN of the key that encrypts; null: what is written stays in the clear. */
  readonly writing: string | null;
  /** ARNs of those that may decrypt, `writing` among them. */
  readonly reading: readonly string[];
}

/** A fixed text that none but its parts make: each with its length before it. */
function associatedData(namespace: string, keyArn: string, wrapped: Uint8Array): Buffer {
  return Buffer.concat(
    [Buffer.from([format]), Buffer.from(encrypted), Buffer.from(namespace), Buffer.from(keyArn), wrapped].flatMap(
      (part) => {
        const length = Buffer.alloc(4);
        length.writeUInt32BE(part.length);
        return [length, part];
      },
    ),
  );
}

/**
 * Encrypts whole payloads by AES-256-GCM under data keys that KMS wraps; the wrapped data key travels with each of them. What is not
 * encrypted passes, so it can be switched on and off while workflows run.
 *
 * Bound to a payload are the namespace, the key and the data key. The workflow is not: schedules, the Temporal UI and a codec server
 * know none when they write or read.
 */
export class EncryptingCodec implements PayloadCodec {
  constructor(
    readonly keys: PayloadKeys,
    private readonly namespace: string,
    private readonly dataKeys: DataKeys,
  ) {}

  /** @throws PayloadError */
  encode(payloads: Payload[], context?: SerializationContext): Promise<Payload[]> {
    return Promise.all(payloads.map((payload) => this.encoded(payload, context)));
  }

  /** @throws PayloadError */
  decode(payloads: Payload[]): Promise<Payload[]> {
    return Promise.all(payloads.map((payload) => this.decrypted(payload)));
  }

  private async encoded(payload: Payload, context?: SerializationContext): Promise<Payload> {
    const { writing } = this.keys;
    if (writing === null || payload.metadata?.[readableByAll] !== undefined) return payload;
    return this.encryptedFor(payload, writing, context);
  }

  /** What an activity's failure says is lost rather than thrown for, which would end the worker. A workflow's task is tried again. */
  private async encryptedFor(payload: Payload, keyArn: string, context?: SerializationContext): Promise<Payload> {
    try {
      return await this.encrypted(payload, keyArn);
    } catch (error) {
      const mayBeLost = payload.metadata?.[wordsOfFailure] !== undefined && context?.type !== 'workflow';
      if (!mayBeLost || !(error instanceof PayloadError)) throw error;
      const words = `these words could not be encrypted, and are lost: ${error.message}`;
      return defaultPayloadConverter.toPayload({ message: words, stack_trace: '' });
    }
  }

  private async encrypted(payload: Payload, keyArn: string): Promise<Payload> {
    const { plain, wrapped } = await this.dataKeys.forWriting(keyArn);
    const iv = randomBytes(ivLength);
    const sealing = createCipheriv(cipher, plain, iv, { authTagLength: tagLength });
    sealing.setAAD(associatedData(this.namespace, keyArn, wrapped));
    const text = sealing.update(temporal.api.common.v1.Payload.encode(payload).finish());
    return {
      metadata: {
        [metadata.encoding]: Buffer.from(encrypted),
        [metadata.keyArn]: Buffer.from(keyArn),
        [metadata.dataKey]: wrapped,
      },
      data: Buffer.concat([Buffer.from([format]), iv, text, sealing.final(), sealing.getAuthTag()]),
    };
  }

  private async decrypted(payload: Payload): Promise<Payload> {
    if (!isEncrypted(payload)) return payload;
    const keyArn = keyOf(payload) ?? '';
    const wrapped = payload.metadata?.[metadata.dataKey] ?? new Uint8Array();
    this.check(keyArn);
    const data = payload.data ?? new Uint8Array();
    if (data[0] !== format || data.length < 1 + ivLength + tagLength)
      throw damaged(keyArn, 'is not of a form that this version reads');
    const plain = await this.dataKeys.forReading(keyArn, wrapped);
    const opening = createDecipheriv(cipher, plain, data.subarray(1, 1 + ivLength), { authTagLength: tagLength });
    opening.setAAD(associatedData(this.namespace, keyArn, wrapped));
    opening.setAuthTag(data.subarray(-tagLength));
    const text = opening.update(data.subarray(1 + ivLength, -tagLength));
    try {
      opening.final();
    } catch {
      throw damaged(keyArn, 'is not what was written');
    }
    return temporal.api.common.v1.Payload.decode(text);
  }

  /** Whoever writes payloads must not make this process use a key of his choice: a key is asked for by its configuration alone. */
  private check(keyArn: string): void {
    const { reading } = this.keys;
    if (reading.includes(keyArn)) return;
    if (reading.length === 0)
      throw new PayloadError(
        'sealed',
        `a payload is encrypted under key ${keyArn}, and this process has no key`,
        'set FARCOPY_PAYLOAD_KEY to that of the workers; see docs/operations.md#encrypted-payloads',
      );
    throw new PayloadError(
      'foreign',
      `a payload is encrypted under key ${keyArn}, which this process does not use`,
      'if the key is yours, add it to FARCOPY_PAYLOAD_OLD_KEYS; see docs/operations.md#encrypted-payloads',
    );
  }
}

/** The ARN of the key that a payload says it is encrypted under; null of one in the clear. */
export function keyOf(payload: Payload): string | null {
  if (!isEncrypted(payload)) return null;
  return textOf(payload.metadata?.[metadata.keyArn]);
}

/** The ARN of the key that what goes through these codecs is encrypted under; null: it stays in the clear. */
export function writingKeyOf(codecs: readonly PayloadCodec[]): string | null {
  for (const codec of codecs) if (codec instanceof EncryptingCodec) return codec.keys.writing;
  return null;
}

const isEncrypted = (payload: Payload) => textOf(payload.metadata?.[metadata.encoding]) === encrypted;

const textOf = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString();

const damaged = (keyArn: string, what: string) =>
  new PayloadError(
    'damaged',
    `a payload under key ${keyArn} ${what}`,
    'it was changed, or belongs to another namespace; see docs/security.md#encrypted-payloads',
  );
