import { crc32 } from '@node-rs/crc32';
import { crc64nvme } from '../../src/transfer/hashing/crc64nvme';
import { base64Checksum, checksumOf, contentOf, type SourceObject } from './content';

/** What S3 may state of a whole object; CRC-64/NVME where nobody chose. */
export type ChecksumName = 'crc32c' | 'crc32' | 'crc64nvme';

const hashedAtOnce = 1024 * 1024;
const stated = new Map<string, string>();

/** As S3's header has it: big-endian, base64. Kept once computed. */
export function statedChecksum(name: ChecksumName, object: SourceObject, revision: number): string {
  const known = `${name} ${object.key}#${revision}#${object.bytes}`;
  let text = stated.get(known);
  if (text === undefined) {
    text = compute(name, object, revision);
    stated.set(known, text);
  }
  return text;
}

function compute(name: ChecksumName, object: SourceObject, revision: number): string {
  const chunks = () => contentOf(object, revision, 0, object.bytes, hashedAtOnce);
  switch (name) {
    case 'crc32c':
      return base64Checksum(checksumOf(object, revision));
    case 'crc32':
      return base64Checksum([...chunks()].reduce((crc, chunk) => crc32(chunk, crc), 0));
    case 'crc64nvme': {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64BE([...chunks()].reduce((crc, chunk) => crc64nvme(chunk, crc), 0n));
      return bytes.toString('base64');
    }
  }
}
