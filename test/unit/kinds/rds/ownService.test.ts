import { RDSClient } from '@aws-sdk/client-rds';
import { type AwsAccess } from '../../../../src/clouds/aws/awsAccess';
import { AwsKeys } from '../../../../src/clouds/aws/keys';
import { type Scope } from '../../../../src/core/catalogue/copy';
import { connectKinds, kinds } from '../../../../src/kinds/registry';

/** DocumentDB and Neptune as their own models describe their answers: without tags, and without filters of snapshots. */

const owner: Scope = { account: '999999999999', region: 'eu-west-1', access: 'source' };

const snapshotXml = (id: string, engine = 'docdb', tags = '') =>
  `<DBClusterSnapshot><DBClusterSnapshotIdentifier>${id}</DBClusterSnapshotIdentifier><Engine>${engine}</Engine>
   <DBClusterSnapshotArn>arn:aws:rds:eu-west-1:999999999999:cluster-snapshot:${id}</DBClusterSnapshotArn>
   <Status>available</Status><SnapshotType>manual</SnapshotType>${tags}</DBClusterSnapshot>`;

const tagXml = (value: string) => `<TagList><Tag><Key>a</Key><Value>${value}</Value></Tag></TagList>`;

function service(answer: (action: string, input: URLSearchParams) => string, kind = 'documentdb-cluster') {
  const asked: string[] = [];
  const client = new RDSClient({
    region: owner.region,
    maxAttempts: 1,
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
    requestHandler: {
      handle: async (request: { body?: unknown }) => {
        const input = new URLSearchParams(String(request.body));
        const action = input.get('Action') ?? '';
        asked.push(
          [action, input.get('DBClusterSnapshotIdentifier') ?? input.get('ResourceName')?.split(':').at(-1)]
            .filter((part) => part !== undefined)
            .join(' '),
        );
        const filter = input.get('Filters.Filter.1.Name');
        if (filter !== null) asked.push(`by ${filter}`);
        const body = answer(action, input);
        const missing = body === '';
        return {
          response: {
            statusCode: missing ? 404 : 200,
            headers: {},
            body: Buffer.from(
              missing
                ? '<ErrorResponse><Error><Code>DBClusterSnapshotNotFoundFault</Code><Message>none</Message></Error></ErrorResponse>'
                : `<${action}Response><${action}Result>${body}</${action}Result></${action}Response>`,
            ),
          },
        };
      },
    },
  });
  const access = { client: () => client } as unknown as AwsAccess;
  return { asked, of: connectKinds(kinds, { access, keys: new AwsKeys(access) }).of(kind) };
}

const list = (...snapshots: string[]) => `<DBClusterSnapshots>${snapshots.join('')}</DBClusterSnapshots>`;

async function all<T>(pages: AsyncIterable<readonly T[]> | undefined): Promise<T[]> {
  const found: T[] = [];
  for await (const page of pages ?? []) found.push(...page);
  return found;
}

it('asks for the tags of its own copies where an answer has none', async () => {
  const { asked, of } = service((action) =>
    action === 'ListTagsForResource'
      ? tagXml('asked')
      : list(
          snapshotXml('farcopy-1'),
          snapshotXml('farcopy-2', 'docdb', tagXml('told')),
          snapshotXml('by-hand'),
          snapshotXml('farcopy-3', 'aurora-mysql'),
        ),
  );
  const copies = await all(of.copies?.list(owner));
  expect(copies.map(({ id, tags }) => [id, tags])).toEqual([
    ['farcopy-1', { a: 'asked' }],
    ['farcopy-2', { a: 'told' }],
    ['by-hand', {}],
  ]);
  expect(asked).toEqual(['DescribeDBClusterSnapshots', 'ListTagsForResource farcopy-1']);
});

it('asks for the tags of every cluster, by which they are selected', async () => {
  const cluster =
    '<DBCluster><DBClusterIdentifier>docs</DBClusterIdentifier><Engine>docdb</Engine><DBClusterArn>arn:aws:rds:eu-west-1:999999999999:cluster:docs</DBClusterArn></DBCluster>';
  const { asked, of } = service((action) =>
    action === 'ListTagsForResource' ? tagXml('asked') : `<DBClusters>${cluster}</DBClusters>`,
  );
  expect(await all(of.discover(owner))).toMatchObject([{ id: 'docs', tags: { a: 'asked' }, sizeGiB: 1 }]);
  expect(asked).toEqual(['DescribeDBClusters', 'by engine', 'ListTagsForResource docs']);
});

it('asks for several copies one by one, since filters of snapshots are not promised', async () => {
  const { asked, of } = service((_, input) => {
    const id = input.get('DBClusterSnapshotIdentifier') ?? '';
    return id === 'farcopy-2' ? '' : list(snapshotXml(id, 'docdb', tagXml('told')));
  });
  const find = async (i: number) => of.copies?.find(`farcopy-${i}`, owner);
  const found = await Promise.all([1, 2, 3].map(find));
  expect(found.map((copy) => copy?.id ?? null)).toEqual(['farcopy-1', null, 'farcopy-3']);
  expect(asked).toEqual([1, 2, 3].map((i) => `DescribeDBClusterSnapshots farcopy-${i}`));
});

it('asks for those of RDS with a filter', async () => {
  const { asked, of } = service(() => list(snapshotXml('farcopy-1', 'aurora-mysql')), 'aurora-cluster');
  expect(await all(of.copies?.list(owner))).toMatchObject([{ id: 'farcopy-1', tags: {} }]);
  expect(asked).toEqual(['DescribeDBClusterSnapshots', 'by engine']);
});
