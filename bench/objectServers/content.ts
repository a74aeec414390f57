import { createCipheriv, createHash } from 'node:crypto';
import { crc32c } from '@node-rs/crc32';
import { randomFrom } from '../statistics';

/** How the ETag of an object comes about; only the first kind says anything about the bytes. */
export type EtagStyle = 'md5' | 'multipart' | 'kms';

export interface SourceObject {
  readonly key: string;
  readonly bytes: number;
  readonly etag: EtagStyle;
  /** Zeros instead of noise. */
  readonly sparse?: boolean;
}

/** Objects of one kind. */
export interface ObjectGroup {
  readonly prefix: string;
  readonly count: number;
  readonly bytes: readonly [least: number, most: number];
  readonly etag: EtagStyle;
  readonly sparse?: boolean;
}

export function* objectsOf({
  prefix,
  count,
  bytes: [least, most],
  etag,
  sparse,
}: ObjectGroup): Generator<SourceObject> {
  const random = randomFrom(count ^ most);
  for (let i = 0; i < count; i++)
    yield {
      key: `${prefix}part-${String(i).padStart(6, '0')}.data`,
      bytes: least + Math.floor(random() * (most - least + 1)),
      etag,
      ...(sparse === undefined ? {} : { sparse }),
    };
}

/** A prime a little above 32 MiB: parts of a large object at two offsets always differ, so that swapped ones are noticed. */
const period = 33_554_467;

let noise: Buffer | undefined;
let zeros: Buffer | undefined;

/** The same in every process. */
function noiseOfOnePeriod(): Buffer {
  noise ??= createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.alloc(16)).update(Buffer.alloc(period));
  return noise;
}

/**
 * What an object holds from one byte to another, as views of one block that all objects share: no object costs memory.
 *
 * @param revision counts how often the object was replaced
 */
export function* contentOf(
  object: SourceObject,
  revision: number,
  from: number,
  to: number,
  chunkBytes: number,
): Generator<Buffer> {
  const block = object.sparse === true ? (zeros ??= Buffer.alloc(1024 * 1024)) : noiseOfOnePeriod();
  const start = createHash('md5').update(`${object.key}#${revision}`).digest().readUInt32LE() % block.length;
  for (let at = from; at < to;) {
    const offset = (start + at) % block.length;
    const length = Math.min(chunkBytes, to - at, block.length - offset);
    yield block.subarray(offset, offset + length);
    at += length;
  }
}

const hashedAtOnce = 1024 * 1024;
const checksums = new Map<string, number>();

/** CRC32C of a whole object, kept once computed. */
export function checksumOf(object: SourceObject, revision: number): number {
  const name = `${object.key}#${revision}#${object.bytes}`;
  let checksum = checksums.get(name);
  if (checksum === undefined) {
    checksum = 0;
    for (const chunk of contentOf(object, revision, 0, object.bytes, hashedAtOnce)) checksum = crc32c(chunk, checksum);
    checksums.set(name, checksum);
  }
  return checksum;
}

const md5s = new Map<string, string>();

/** With its quotes. */
export function etagOf(object: SourceObject, revision: number): string {
  const name = `${object.key}#${revision}`;
  if (object.etag === 'md5') {
    let md5 = md5s.get(name);
    if (md5 === undefined) {
      const hash = createHash('md5');
      for (const chunk of contentOf(object, revision, 0, object.bytes, hashedAtOnce)) hash.update(chunk);
      md5 = hash.digest('hex');
      md5s.set(name, md5);
    }
    return `"${md5}"`;
  }
  const opaque = createHash('md5').update(name).digest('hex');
  return object.etag === 'kms' ? `"${opaque}"` : `"${opaque}-${Math.ceil(object.bytes / 8388608) || 1}"`;
}

/** As both clouds write a CRC32C: big-endian, base64. */
export function base64Checksum(checksum: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(checksum >>> 0);
  return bytes.toString('base64');
}
