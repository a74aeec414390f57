import { type Payload } from '@temporalio/common';
import { DataKeys } from '../../src/payloads/dataKeys';
import { type KeyService } from '../../src/payloads/keyService';
import { EncryptingCodec } from '../../src/payloads/payloadCodec';
import { PayloadError } from '../../src/payloads/payloadError';
import { payloadsInJson, payloadsOfJson } from '../../src/payloads/payloadsInJson';
import { fc, json, mutatedBytes, mutatedJson, mutatedText } from '../inputs';
import { ensure, refusedOr, target } from '../target';

const keyArn = 'arn:aws:kms:eu-west-1:222222222222:key/1';
const wrapped = Buffer.alloc(184, 7);
const plain = Buffer.alloc(32, 9);
const keys: KeyService = {
  generate: () => Promise.resolve({ plain, wrapped }),
  unwrap: (_, asked) =>
    Buffer.compare(asked, wrapped) === 0
      ? Promise.resolve(plain)
      : Promise.reject(new PayloadError('damaged', 'no such data key', 'look')),
};
const codec = new EncryptingCodec({ writing: keyArn, reading: [keyArn] }, 'default', new DataKeys(keys));
const text = Buffer.from('{"cluster":"panda"}');
const written = { metadata: { encoding: Buffer.from('json/plain') }, data: text };

const posted = { payloads: [{ metadata: { encoding: 'anNvbi9wbGFpbg==' }, data: 'InBhbmRhIg==' }] };

/** What a codec server is posted by whoever has its token. */
export const postedPayloads = target(
  'posted payloads',
  fc.oneof(
    fc.oneof(mutatedJson(posted), json).map((value) => JSON.stringify(value) ?? ''),
    mutatedText(JSON.stringify(posted)),
  ),
  (body) => refusedOr(() => payloadsInJson(payloadsOfJson(body))),
);

/** As it is, or nearly. */
const nearly = (whole: Uint8Array) => fc.oneof(fc.constant(whole), mutatedBytes(whole));
const damage = fc.array(fc.record({ at: fc.nat(), flips: fc.integer({ min: 1, max: 255 }), cut: fc.boolean() }), {
  maxLength: 3,
});

/** What the Temporal server gives for what was encrypted: it is read as it was written, or refused. */
export const encryptedPayloads = target(
  'encrypted payloads',
  fc.record({
    encoding: nearly(Buffer.from('binary/encrypted')),
    key: nearly(Buffer.from(keyArn)),
    dataKey: nearly(wrapped),
    damage,
  }),
  async ({ encoding, key, dataKey, damage: edits }) => {
    const [encrypted] = await codec.encode([written]);
    const data = edits.reduce(
      (so, { at, flips, cut }) => {
        const from = at % (so.length + 1);
        if (cut) return so.subarray(0, from);
        const changed = Buffer.from(so);
        if (from < changed.length) changed[from] = (changed[from] ?? 0) ^ flips;
        return changed;
      },
      Buffer.from(encrypted?.data ?? []),
    );
    const payload: Payload = {
      metadata: { encoding, 'encryption-key-id': key, 'encryption-data-key': dataKey },
      data,
    };
    const [read] = (await refusedOr(() => codec.decode([payload]))) ?? [];
    const passed = Buffer.from(encoding).toString() !== 'binary/encrypted';
    const isWritten = Buffer.compare(read?.data ?? Buffer.alloc(0), text) === 0;
    ensure(read === undefined || passed || isWritten, 'what nobody has written was read');
  },
);
