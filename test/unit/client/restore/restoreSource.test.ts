import { parseFleet } from '../../../../src/config';
import { adviceOfBuckets, bucketToRestore, restoreRefusal } from '../../../../src/client/restore/restoreSource';
import { failureReport } from '../../../../src/client/cli/failureReport';
import { applicationFailure } from '../../../../src/core/applicationFailure';
import { bucketLayout } from '../../../../src/core/catalogue/bucket';
import { failureTypes } from '../../../../src/core/failure';
import { recoveryPointTags } from '../../../../src/core/backup/recoveryPointTags';
import { type ResourceRef } from '../../../../src/core/resource';
import { knownKinds } from '../../../../src/kinds/registry';
import { FakeObjectStore } from '../../../fakes/objectStore';

const exportTo =
  'export: {bucket: "s3://exports-{region}", role: "arn:aws:iam::111111111111:role/export", key: alias/farcopy}';

/** A fleet with buckets of these names. */
const fleetWith = (...buckets: readonly string[]) =>
  parseFleet(
    `
fleet: panda
roles: {source: "arn:aws:iam::{account}:role/farcopy-source", vault: "arn:aws:iam::{account}:role/farcopy-vault"}
accounts: [{id: "999999999999", regions: [eu-west-1]}]
vaults:
  secure: {account: "111111111111", key: alias/farcopy}
${buckets.map((name) => `  ${name}: {bucket: "gs://${name}-backups/keep", ${exportTo}}`).join('\n')}
select: [{kind: aurora-cluster, tags: {backup: "true"}, tier: standard}]
tiers:
  standard: {schedule: "0 2 * * *", rpo: 26h, route: [${['secure', ...buckets].join(', ')}], retention: {daily: 14, minimum: 2}}
`,
    'fleet.yaml',
    { kinds: knownKinds },
  );

const one = fleetWith('other-cloud');
const postgres = 'postgres://me@db.example/shop';

describe('what a restore reads', () => {
  test.each([
    ['a vault by its name', one, 'secure', undefined, null],
    ['the nearest copy, where nothing is said', one, undefined, '999999999999/eu-west-1', null],
    ['a bucket by its name', one, 'other-cloud', postgres, 'gs://other-cloud-backups/keep'],
    ['the only bucket, where only PostgreSQL is named', one, undefined, postgres, 'gs://other-cloud-backups/keep'],
  ])('is %s', (_what, fleet, from, to, bucket) => {
    expect(bucketToRestore(fleet, from, to)).toBe(bucket);
  });

  test.each([
    ['a bucket into AWS', one, 'other-cloud', undefined, /is a bucket \(gs:/, /--from one of source, secure$/],
    ['a bucket into an account', one, 'other-cloud', '999999999999/eu-west-1', /is a bucket/, /--to postgres:/],
    ['exports on their way', one, 'other-cloud-export', postgres, /on their way/, /--from other-cloud /],
    ['a snapshot into PostgreSQL', one, 'secure', postgres, /only AWS/, /--from one of other-cloud$/],
    ['one of several buckets', fleetWith('a', 'b'), undefined, postgres, /lies in a bucket/, /--from one of a, b$/],
    [
      'an unknown place into PostgreSQL',
      one,
      'nowhere',
      postgres,
      /no place nowhere; there are source, secure, other-cloud$/,
      undefined,
    ],
    ['PostgreSQL without a bucket', fleetWith(), undefined, postgres, /the fleet file has none/, /--from gs:/],
  ])('%s is refused, with what to do instead', (_what, fleet, from, to, message, hint) => {
    expect(() => bucketToRestore(fleet, from, to)).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(message) as string,
        hint: hint === undefined ? undefined : (expect.stringMatching(hint) as string),
      }) as Error,
    );
  });
});

describe('what no snapshot has', () => {
  const scheduledTime = '2026-11-21T02:00:00Z';
  const shop: ResourceRef = {
    kind: 'aurora-cluster',
    account: '999999999999',
    region: 'eu-west-1',
    id: 'shop',
    arn: 'arn:aws:rds:eu-west-1:999999999999:cluster:shop',
  };
  const store = new FakeObjectStore();
  store.put(
    `keep/${bucketLayout.record(shop, scheduledTime)}`,
    JSON.stringify({
      version: 1,
      resource: shop,
      tags: recoveryPointTags({ fleet: 'panda', tier: 'standard', resource: shop, scheduledTime }, 'other-cloud', null),
      dataPrefix: bucketLayout.dataPrefix(shop, scheduledTime),
      objects: 1,
      bytes: 1,
      manifestSha256: null,
      bundleSha256: null,
      skippedTables: [],
      verified: { level: 'full', at: scheduledTime },
    }),
  );
  const ask = (error: Error, question: Parameters<typeof adviceOfBuckets>[3]) =>
    adviceOfBuckets(one, { bucket: () => store }, error, question, new AbortController().signal);
  const notFound = applicationFailure(failureTypes.notFound, 'there is no copy');

  test('a bucket may have, and then it is said how to get it', async () => {
    expect(await ask(notFound, { resource: 'shop', point: scheduledTime })).toBe(
      'an export of it lies in other-cloud: --from other-cloud --to postgres://user@host/database',
    );
  });

  const refusal = (
    type: Parameters<typeof applicationFailure>[0],
    message: string,
    from?: string,
    resource = 'stock',
  ) =>
    restoreRefusal(
      one,
      { bucket: () => store },
      applicationFailure(type, message),
      from,
      { resource },
      new AbortController().signal,
    );

  test.each([
    ['a taken name', failureTypes.conflict, 'stock is taken: --as stock-restored', undefined, /--as stock-restored/, 2],
    ['an unknown resource', failureTypes.notFound, 'stock: no copy of it', undefined, /stock: no copy/, 2],
    [
      'an unknown place',
      failureTypes.notFound,
      'nothing in nowhere',
      'nowhere',
      /^there is no place nowhere; there/,
      2,
    ],
    ['a place without it', failureTypes.notFound, 'nothing in secure', 'secure', /^nothing in secure$/, 2],
    // It may be there: nobody could look.
    ['what is in an unread account', failureTypes.notFound, 'no copy (could not be read: 1)', undefined, /no copy/, 4],
    [
      'a field that is wrong',
      failureTypes.invalidInput,
      'to: must be account/region; tags: must be tags',
      undefined,
      /^--to must be account\/region; --tag must be tags$/,
      2,
    ],
    ['an outage', failureTypes.transient, 'no answer', 'nowhere', /^no answer$/, 5],
  ])('%s ends with its own words and code', async (_what, type, message, from, words, exitCode) => {
    const report = failureReport(await refusal(type, message, from));
    expect(report.message).toMatch(words);
    expect(report.exitCode).toBe(exitCode);
  });

  test('an export that is there is told beside the refusal', async () => {
    expect(failureReport(await refusal(failureTypes.notFound, 'no snapshot', 'secure', 'shop'))).toMatchObject({
      exitCode: 2,
      hint: expect.stringContaining('--from other-cloud') as string,
    });
  });

  test('nothing is promised that the bucket has not, and of what else went wrong nothing is said', async () => {
    expect(await ask(notFound, { resource: 'shop', point: '2026-11-20T02:00:00Z' })).toBeNull();
    expect(await ask(notFound, { resource: 'stock' })).toBeNull();
    expect(await ask(applicationFailure(failureTypes.conflict, 'taken'), { resource: 'shop' })).toBeNull();
  });
});
