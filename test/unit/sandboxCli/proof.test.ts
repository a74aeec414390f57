import { type Proof, proveRun } from '../../../sandbox/demo/proof';
import { copyTags } from '../../../src/core/catalogue/copy';
import { arnIn, cluster, FakeClouds, keyOf, run, second, secure, snapshot, source } from './fakeClouds';

const proofAfter = (spoil: (clouds: FakeClouds) => void): Promise<Proof> => {
  const clouds = new FakeClouds();
  spoil(clouds);
  return proveRun(run, clouds);
};

test('three good copies prove the cluster, each reported as the clouds show it', async () => {
  const { resources, missing } = await proofAfter(() => {});
  expect(missing).toEqual([]);
  expect(resources).toEqual([
    {
      kind: 'aurora-cluster',
      account: '999999999999',
      region: 'eu-west-1',
      id: 'panda-cluster-1',
      recoveryPoint: 'aurora-cluster/999999999999/eu-west-1/panda-cluster-1/2026-11-21T02:00:00Z',
      state: 'completed',
      copies: [
        expect.objectContaining({ place: 'source', verified: true }),
        expect.objectContaining({ place: 'secure', verified: true }),
        {
          place: 'secure-dr',
          kind: 'snapshot',
          account: '111111111111',
          region: 'eu-central-1',
          arn: arnIn(second),
          status: 'available',
          kmsKeyId: keyOf(second),
          dataTime: '2026-11-21T02:00:01.250Z',
          verified: true,
        },
      ],
      restores: [],
    },
  ]);
});

test.each<[string, (clouds: FakeClouds) => void, RegExp]>([
  ['a missing snapshot', (c) => c.places.delete(source), /source \(999999999999\/eu-west-1\): there is no snapshot/],
  ['a missing vault copy', (c) => c.places.delete(secure), /secure \(111111111111\/eu-west-1\): there is no copy/],
  [
    'a missing second copy',
    (c) => c.places.delete(second),
    /secure-dr \(111111111111\/eu-central-1\): there is no copy/,
  ],
  [
    'a copy in another region',
    (c) =>
      c.places
        .set(second, [])
        .set('111111111111/us-east-1', [
          snapshot('111111111111/us-east-1', 'secure-dr', '2026-11-21T02:02:00Z', secure),
        ]),
    /secure-dr .*there is no copy/,
  ],
  [
    'a copy of something else',
    (c) => c.change(secure, { sourceArn: 'arn:aws:rds:eu-west-1:999999999999:cluster-snapshot:other' }),
    /secure .*there is no copy/,
  ],
  [
    'a copy under the source’s key',
    (c) => c.change(secure, { keyArn: keyOf(source) }),
    /secure .*its key is arn:aws:kms:eu-west-1:999999999999:key\/own instead of arn:aws:kms:eu-west-1:111111111111/,
  ],
  ['a copy under another region’s key', (c) => c.change(second, { keyArn: keyOf(secure) }), /secure-dr .*its key is/],
  ['a copy without encryption', (c) => c.change(secure, { keyArn: null }), /secure .*its key is none/],
  [
    'a vault without its key',
    (c) => c.keys.delete(second),
    /there is no key alias\/farcopy in 111111111111\/eu-central-1/,
  ],
  ['an untagged copy', (c) => c.change(secure, { tags: {} }), /secure .*tag farcopy:fleet is missing/],
  [
    'a copy without its proof',
    (c) =>
      c.change(second, {
        tags: { ...snapshot(second, 'secure-dr', '2026-11-21T02:02:00Z', secure).tags, [copyTags.verified]: '' },
      }),
    /secure-dr .*tag farcopy:verified/,
  ],
  [
    'a copy with a wrong time of its data',
    (c) =>
      c.change(second, {
        tags: {
          ...snapshot(second, 'secure-dr', '2026-11-21T02:02:00Z', secure).tags,
          [copyTags.dataTime]: '2026-11-21T02:02:00.000Z',
        },
      }),
    /secure-dr .*tag farcopy:data-time/,
  ],
  ['a copy that is not done', (c) => c.change(second, { status: 'copying' }), /secure-dr .*its status is copying/],
  [
    'a snapshot of an earlier run',
    (c) => c.change(source, { createdAt: new Date('2026-11-20T02:00:01.250Z') }),
    /source .*before 2026-11-21T02:00:00.000Z/,
  ],
  [
    'a snapshot that came later',
    (c) => c.change(source, { createdAt: new Date('2026-11-21T02:05:01Z') }),
    /source .*after the run had ended/,
  ],
  ['a share that was left', (c) => c.readers.set(source, ['111111111111']), /source .*still shared with 111111111111/],
  [
    'two copies',
    (c) =>
      c.places.set(second, [
        snapshot(second, 'secure-dr', '2026-11-21T02:02:00Z', secure),
        { ...snapshot(second, 'secure-dr', '2026-11-21T02:02:00Z', secure), arn: `${arnIn(second)}-2` },
      ]),
    /secure-dr .*there are 2, one was expected/,
  ],
  [
    'an intermediate snapshot that was left',
    (c) =>
      c.places.get(secure)?.push({
        ...snapshot(secure, 'secure-dr-landing', '2026-11-21T02:02:00Z', null),
        arn: `${arnIn(secure)}-landing`,
      }),
    /landing: left over \(place secure-dr-landing\)/,
  ],
])('%s is found', async (_, spoil, expected) => {
  const { missing } = await proofAfter(spoil);
  expect(missing.join('\n')).toMatch(expected);
});

test('without its second copy a cluster is partially failed, without any vault copy it is failed', async () => {
  const partial = await proofAfter((clouds) => clouds.places.delete(second));
  const none = await proofAfter((clouds) => clouds.places.delete(secure));
  expect(partial.resources[0]?.state).toBe('partially-failed');
  expect(none.resources[0]?.state).toBe('failed');
});

test('snapshots that AWS makes by itself are no one’s leftovers', async () => {
  const { missing } = await proofAfter((clouds) =>
    clouds.places
      .get(source)
      ?.push({ ...snapshot(source, 'x', '2026-11-21T01:00:00Z', null), arn: 'arn:rds:automated', manual: false }),
  );
  expect(missing).toEqual([]);
});

test('clusters of one name in two accounts are told apart', async () => {
  const other = {
    ...cluster,
    account: '888888888888',
    arn: 'arn:aws:rds:eu-west-1:888888888888:cluster:panda-cluster-1',
  };
  const { resources } = await proveRun({ ...run, clusters: [cluster, other] }, new FakeClouds());
  expect(resources.map(({ account, state }) => `${account} ${state}`)).toEqual([
    '999999999999 completed',
    '888888888888 failed',
  ]);
});
