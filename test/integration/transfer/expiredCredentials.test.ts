import { crc32c } from '@node-rs/crc32';
import { objectsOf } from '../../../bench/objectServers/content';
import { type GcsSink, startGcsSink } from '../../../bench/objectServers/gcsSink';
import { type S3Source, startS3Source } from '../../../bench/objectServers/s3Source';
import {
  type ShortLivedCredentials,
  startShortLivedCredentials,
} from '../../../bench/objectServers/shortLivedCredentials';
import { storesWithCredentials } from '../../../bench/objectServers/stores';
import { hexOfCrc32c } from '../../../src/clouds/hexOfCrc32c';

const [object] = objectsOf({ prefix: 'export/', count: 1, bytes: [5_000, 5_000], etag: 'kms' });
const content = Buffer.from('a row');
const options = { crc32c: hexOfCrc32c(crc32c(content)) };
const before = { ...process.env };

let credentials: ShortLivedCredentials;
let source: S3Source;
let sink: GcsSink;
let stores: ReturnType<typeof storesWithCredentials>;
/** Tokens are refused however new they are. */
let isTrusted = true;

beforeAll(async () => {
  credentials = await startShortLivedCredentials(60_000);
  source = await startS3Source({ objects: [object as never], accepts: credentials.accepts });
  sink = await startGcsSink({ keep: /./, accepts: (authorization) => isTrusted && credentials.accepts(authorization) });
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, credentials.environment, { AWS_ENDPOINT_URL_S3: source.endpoint });
  stores = storesWithCredentials(sink);
});

afterAll(async () => {
  process.env = before;
  stores.close();
  await Promise.all([source.close(), sink.close(), credentials.close()]);
});

/** All that was given so far ends before the work begins. */
async function afterTheEnd<T>(work: () => Promise<T>): Promise<T> {
  await stores.source.head(object?.key ?? '');
  await stores.target.head('any');
  credentials.endAll();
  return work();
}

const names = async (pages: AsyncIterable<readonly { readonly key: string }[]>) => {
  const keys: string[] = [];
  for await (const page of pages) keys.push(...page.map(({ key }) => key));
  return keys;
};

describe('credentials that have ended before their time', () => {
  it('are replaced whatever S3 is asked for, also where its answer has no body', async () => {
    const { source: s3 } = stores;
    const { key = '' } = object ?? {};
    const found = await afterTheEnd(() => s3.head(key));
    expect(found?.bytes).toBe(5_000);
    expect((await afterTheEnd(() => s3.open(key, { revision: found?.revision ?? '' }))).bytes).toBe(5_000);
    expect(await afterTheEnd(() => names(s3.list('export/')))).toEqual([key]);
    expect(await afterTheEnd(() => s3.state(key, found?.revision ?? ''))).toMatchObject({ md5: null });
  });

  it('are replaced whatever GCS is asked for, and nothing is written twice', async () => {
    const { target: gcs } = stores;
    const written = await afterTheEnd(() => gcs.write('a', content, { ...options, onlyIf: 'absent' }));
    expect(await afterTheEnd(() => gcs.head('a'))).toEqual(written);
    expect(await afterTheEnd(() => names(gcs.list('')))).toEqual(['a']);
    await afterTheEnd(() => gcs.compose('b', [written], { ...options, onlyIf: 'absent' }));
    expect([...sink.writes]).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
  });

  it('begin a stream anew, which nobody can send again', async () => {
    async function* stream() {
      yield content;
    }
    const send = () => stores.target.writeStream('c', stream(), content.length, { ...options, onlyIf: 'absent' });
    await expect(afterTheEnd(send)).rejects.toMatchObject({ type: 'Transient' });
    await send();
    expect(sink.writes.get('c')).toBe(1);
  });

  it('are asked for once, however many wait for them', async () => {
    const given = await afterTheEnd(async () => {
      const { sessions, tokens } = credentials.given;
      const asked = Array.from({ length: 20 }, () => [stores.source.head(object?.key ?? ''), stores.target.head('a')]);
      await Promise.all(asked.flat());
      return { sessions: sessions + 1, tokens: tokens + 1 };
    });
    expect(credentials.given).toEqual(given);
  });

  it('are a matter of configuration where new ones are refused as well', async () => {
    isTrusted = false;
    await expect(stores.target.head('a')).rejects.toMatchObject({ type: 'Configuration' });
    isTrusted = true;
  });
});
