import { matches, parseResourceArgument } from '../../src/client/catalogue/resourceArgument';
import { parseCapacitySetting } from '../../src/client/limits/serviceLimits';
import { glob } from '../../src/config/schema/scalars';
import { bucketLayout, formatBucketUrl, parseBucketUrl, recordOfKey, timeOfKey } from '../../src/core/catalogue/bucket';
import { secretName } from '../../src/core/catalogue/databaseAccess';
import { uniqueName } from '../../src/core/naming';
import { resourcePath } from '../../src/core/resource';
import { knownKinds } from '../../src/kinds/registry';
import { fc, mutatedText, text } from '../inputs';
import { ensure, refusedOr, target } from '../target';

const path = 'aurora-cluster/999999999999/eu-west-1/panda-cluster-1';
const arn = 'arn:aws:rds:eu-west-1:999999999999:cluster:panda-cluster-1';
const names = fc.oneof(
  text,
  mutatedText(path),
  mutatedText(arn),
  fc.constantFrom(path, arn, `aurora/${path.slice(15)}`),
);

/** A resource as people and tags name it. */
export const resourceNames = target('resourceNames', names, async (written) => {
  const found = await refusedOr(() => parseResourceArgument(written, knownKinds));
  for (const [kind, id] of Object.entries(found?.ids ?? {})) {
    const described = knownKinds.get(kind);
    ensure(described.id.pattern.test(id), `${kind} ${JSON.stringify(id)}`);
    if (found !== undefined) matches(found, { kind, id, account: found.account ?? '1', region: found.region ?? 'r' });
  }
  for (const { kind, account, region, id } of knownKinds.ofArn(written)) {
    const resource = { kind, account, region, id, arn: written };
    ensure(resourcePath(resource).split('/').length === 4, resourcePath(resource));
    const name = uniqueName(63, 'panda', resource, '2026-11-21T02:00:00Z', '');
    ensure(/^(?=.{1,63}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name), `marker ${name}`);
    const key = bucketLayout.record(resource, '2026-11-21T02:00:00Z');
    ensure(recordOfKey(key)?.path === resourcePath(resource), `record ${key}`);
  }
  knownKinds.spelledOut(written);
  await refusedOr(() => parseCapacitySetting(written, ['x']));
  glob.safeParse(written);
  secretName(written, { account: '{id}', region: '{account}', id: 'x' });
});

/** URLs of buckets, and keys in them. */
export const buckets = target(
  'buckets',
  fc.oneof(text, mutatedText('gs://panda-backups/farcopy/a'), mutatedText(`catalogue/${path}/20261121t020000z.json`)),
  (written) => {
    const url = parseBucketUrl(written);
    if (url !== null) {
      ensure(
        JSON.stringify(parseBucketUrl(formatBucketUrl(url))) === JSON.stringify(url),
        `${formatBucketUrl(url)} is another bucket`,
      );
      ensure(!/[\p{Cc}/]/u.test(url.bucket), url.bucket);
    }
    const record = recordOfKey(written);
    if (record !== null) timeOfKey(record.time);
  },
);
