import { RDSClient } from '@aws-sdk/client-rds';
import { type AwsAccess } from '../../../../src/clouds/aws/awsAccess';
import { assumeAgainWhenExpired } from '../../../../src/clouds/aws/assumeAgainWhenExpired';
import { AssumedRole } from '../../../../src/clouds/aws/assumedRole';
import { copyTags, type CopyRef, type Scope } from '../../../../src/core/catalogue/copy';
import { connectKinds, kinds } from '../../../../src/kinds/registry';
import { AwsKeys } from '../../../../src/clouds/aws/keys';

const owner: Scope = { account: '999999999999', region: 'eu-west-1', access: 'source' };
const target: Scope = { account: '111111111111', region: 'eu-central-1', access: 'vault' };
const source: CopyRef = {
  kind: 'aurora-cluster',
  account: '111111111111',
  region: 'eu-west-1',
  id: 'snap-1',
  arn: 'arn:aws:rds:eu-west-1:111111111111:cluster-snapshot:snap-1',
};
const keyArn = 'arn:aws:kms:eu-central-1:111111111111:key/6f5b0b0e-5f3a-4c69-9d0e-000000000001';
const tags = { [copyTags.fleet]: 'panda', [copyTags.resource]: 'arn:r', [copyTags.recoveryPoint]: 'rp-1' };

type Answer = (input: URLSearchParams) => { status?: number; body: string };

/** RDS as a list of answers to the requests that arrive, in order. */
function rdsAnswering(...answers: Answer[]) {
  const requests: URLSearchParams[] = [];
  const sessionTokens: (string | undefined)[] = [];
  let assumed = 0;
  const sts = {
    send: async () => {
      assumed += 1;
      return { Credentials: { AccessKeyId: `key-${assumed}`, SecretAccessKey: 's', SessionToken: `token-${assumed}` } };
    },
  };
  const role = new AssumedRole(
    { ...target, arn: 'arn:role', externalId: undefined, sessionName: 's' },
    () => sts as never,
  );
  const client = assumeAgainWhenExpired(
    new RDSClient({
      region: target.region,
      maxAttempts: 1,
      credentials: async () => ({ ...(await role.credentials()), expiration: new Date(0) }),
      requestHandler: {
        handle: async (request: { body?: unknown; headers: Record<string, string> }) => {
          const input = new URLSearchParams(String(request.body));
          requests.push(input);
          sessionTokens.push(request.headers['x-amz-security-token']);
          const answer = answers[requests.length - 1];
          if (!answer) throw new Error(`no answer to ${input.toString()}`);
          const { status = 200, body } = answer(input);
          return { response: { statusCode: status, headers: {}, body: Buffer.from(body) } };
        },
      },
    }),
    role,
  );
  const access = { client: () => client } as unknown as AwsAccess;
  const connected = connectKinds(kinds, { access, keys: new AwsKeys(access) });
  return {
    kind: connected.of('aurora-cluster'),
    copies: connected.copiesOf('aurora-cluster'),
    requests,
    sessionTokens,
  };
}

const snapshotXml = (status: string, extra = '') => `
  <DBClusterSnapshotArn>arn:aws:rds:eu-central-1:111111111111:cluster-snapshot:copy-1</DBClusterSnapshotArn>
  <DBClusterSnapshotIdentifier>copy-1</DBClusterSnapshotIdentifier><DBClusterIdentifier>panda-1</DBClusterIdentifier>
  <SnapshotType>manual</SnapshotType><Status>${status}</Status><Engine>aurora-postgresql</Engine>
  <SourceDBClusterSnapshotArn>${source.arn}</SourceDBClusterSnapshotArn>
  <TagList>${Object.entries(tags)
    .map(([key, value]) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`)
    .join('')}</TagList>${extra}`;
const copied: Answer = () => ({
  body: `<CopyDBClusterSnapshotResponse><CopyDBClusterSnapshotResult><DBClusterSnapshot>${snapshotXml('copying')}</DBClusterSnapshot></CopyDBClusterSnapshotResult></CopyDBClusterSnapshotResponse>`,
});
const described =
  (...xmls: string[]): Answer =>
  () => ({
    body: `<DescribeDBClusterSnapshotsResponse><DescribeDBClusterSnapshotsResult><DBClusterSnapshots>${xmls
      .map((xml) => `<DBClusterSnapshot>${xml}</DBClusterSnapshot>`)
      .join('')}</DBClusterSnapshots></DescribeDBClusterSnapshotsResult></DescribeDBClusterSnapshotsResponse>`,
  });
const deleted: Answer = () => ({
  body: '<DeleteDBClusterSnapshotResponse><DeleteDBClusterSnapshotResult/></DeleteDBClusterSnapshotResponse>',
});
const fault =
  (code: string, message = 'm', status = 400): Answer =>
  () => ({
    status,
    body: `<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
  });

const copyRequest = { source, target, marker: 'copy-1', key: keyArn, tags };

describe('a kind on RDS', () => {
  it('asks for a cross-region copy in the destination, with a request signed for the source region by the assumed role', async () => {
    const { copies, requests } = rdsAnswering(copied);
    await copies.copy(copyRequest);
    const [copy] = requests;
    expect(copy?.get('SourceDBClusterSnapshotIdentifier')).toBe(source.arn);
    expect(copy?.get('KmsKeyId')).toBe(keyArn);
    expect(copy?.get('CopyTags')).toBe('false');
    const presigned = new URL(copy?.get('PreSignedUrl') ?? '');
    expect(presigned.hostname).toBe('rds.eu-west-1.amazonaws.com');
    expect(presigned.searchParams.get('DestinationRegion')).toBe('eu-central-1');
    expect(presigned.searchParams.get('X-Amz-Credential')).toMatch(/^key-1\/\d+\/eu-west-1\/rds\//);
    expect(presigned.searchParams.get('X-Amz-Security-Token')).toBe('token-1');
  });

  it('names a source in the same account and region by its identifier, as CopyDBClusterSnapshot demands', async () => {
    const { copies, requests } = rdsAnswering(copied);
    await copies.copy({ ...copyRequest, source: { ...source, region: target.region } });
    expect(requests[0]?.get('SourceDBClusterSnapshotIdentifier')).toBe('snap-1');
    expect(requests[0]?.has('PreSignedUrl')).toBe(false);
  });

  it('spends one call on a start, two where an earlier try has already started it', async () => {
    const first = rdsAnswering(copied);
    await first.copies.copy(copyRequest);
    expect(first.requests).toHaveLength(1);

    const second = rdsAnswering(fault('DBClusterSnapshotAlreadyExistsFault'), described(snapshotXml('copying')));
    await expect(second.copies.copy(copyRequest)).resolves.toMatchObject({
      id: 'copy-1',
      status: 'in-progress',
    });
    expect(second.requests.map((r) => r.get('Action'))).toEqual([
      'CopyDBClusterSnapshot',
      'DescribeDBClusterSnapshots',
    ]);
  });

  it('removes what failed and starts again, once', async () => {
    const { copies, requests } = rdsAnswering(
      fault('DBClusterSnapshotAlreadyExistsFault'),
      described(snapshotXml('failed')),
      deleted,
      copied,
    );
    await expect(copies.copy(copyRequest)).resolves.toMatchObject({ status: 'in-progress' });
    expect(requests[2]?.get('DBClusterSnapshotIdentifier')).toBe('copy-1');
  });

  it('adopts nothing of someone else', async () => {
    const foreign = [
      snapshotXml('copying').replace(source.arn, source.arn.replace('snap-1', 'snap-9')),
      snapshotXml('failed').replace('rp-1', 'rp-2'),
      snapshotXml('copying').replace('manual', 'automated'),
    ];
    for (const xml of foreign) {
      const { copies, requests } = rdsAnswering(fault('DBClusterSnapshotAlreadyExistsFault'), described(xml));
      await expect(copies.copy(copyRequest)).rejects.toMatchObject({ type: 'Conflict', nonRetryable: true });
      expect(requests).toHaveLength(2);
    }
  });

  it('waits for one that is being deleted', async () => {
    const { copies } = rdsAnswering(fault('DBClusterSnapshotAlreadyExistsFault'), described(snapshotXml('deleting')));
    await expect(copies.copy(copyRequest)).rejects.toMatchObject({ type: 'ResourceBusy', nonRetryable: false });
  });

  it('waits for what had failed, when AWS deletes it but does not let go of its id yet', async () => {
    const { copies } = rdsAnswering(
      fault('DBClusterSnapshotAlreadyExistsFault'),
      described(snapshotXml('failed')),
      deleted,
      fault('DBClusterSnapshotAlreadyExistsFault'),
    );
    await expect(copies.copy(copyRequest)).rejects.toMatchObject({ type: 'ResourceBusy', nonRetryable: false });
  });

  const stockIsFull = fault('SnapshotQuotaExceeded', 'Cannot create more than 100 manual snapshots');

  it('adopts the copy that filled the stock, made by a try whose answer was lost', async () => {
    const { copies } = rdsAnswering(stockIsFull, described(snapshotXml('copying')));
    await expect(copies.copy(copyRequest)).resolves.toMatchObject({ id: 'copy-1', status: 'in-progress' });
  });

  it('says that the stock is full when others filled it', async () => {
    const { copies } = rdsAnswering(stockIsFull, described());
    await expect(copies.copy(copyRequest)).rejects.toMatchObject({
      type: 'StockExhausted',
      nonRetryable: true,
    });
  });

  const tagged = (status: string, key: string, value: string) =>
    described(
      snapshotXml(status).replace('</TagList>', `<Tag><Key>${key}</Key><Value>${value}</Value></Tag></TagList>`),
    );

  it.each(['copying', 'failed'])('removes on cancel what is %s', async (status) => {
    const { copies, requests } = rdsAnswering(tagged(status, copyTags.hold, 'none'), deleted);
    await copies.cancel({ id: 'copy-1' }, target);
    expect(requests[1]?.get('DBClusterSnapshotIdentifier')).toBe('copy-1');
  });

  it.each([
    ['proven once, whatever its status says now', tagged('copying', copyTags.verified, 'exists 2026-11-21T02:30:00Z')],
    ['held', tagged('copying', copyTags.hold, 'legal')],
    ['available', tagged('available', copyTags.hold, 'none')],
    ['in a status nobody knows', tagged('restoring-to-mars', copyTags.hold, 'none')],
  ])('removes nothing on cancel that is %s', async (_, answer) => {
    const { copies, requests } = rdsAnswering(answer);
    await copies.cancel({ id: 'copy-1' }, target);
    expect(requests.map((r) => r.get('Action'))).toEqual(['DescribeDBClusterSnapshots']);
  });

  it('assumes the role again when its session has expired, and goes on', async () => {
    const { copies, sessionTokens } = rdsAnswering(fault('ExpiredToken', 'expired', 403), copied);
    await expect(copies.copy(copyRequest)).resolves.toMatchObject({ id: 'copy-1' });
    expect(sessionTokens).toEqual(['token-1', 'token-2']);
  });

  it('assumes it again only once', async () => {
    const { copies, requests } = rdsAnswering(fault('ExpiredToken', 'x', 403), fault('ExpiredToken', 'x', 403));
    await expect(copies.copy(copyRequest)).rejects.toMatchObject({ type: 'Transient' });
    expect(requests).toHaveLength(2);
  });

  it('asks how several copies of a place are in one call', async () => {
    const { copies, requests } = rdsAnswering(
      described(snapshotXml('copying'), snapshotXml('available').replaceAll('copy-1', 'copy-2')),
    );
    const [one, two] = await Promise.all(['copy-1', 'copy-2'].map((id) => copies.progress({ ...source, id }, target)));
    expect([one?.status, two?.status]).toEqual(['in-progress', 'available']);
    expect(requests).toHaveLength(1);
    expect(requests[0]?.get('Filters.Filter.1.Name')).toBe('db-cluster-snapshot-id');
  });

  it('leaves out what shares the API but is no Aurora', async () => {
    const cluster = (id: string, engine: string) =>
      `<DBCluster><DBClusterIdentifier>${id}</DBClusterIdentifier><DBClusterArn>arn:aws:rds:eu-west-1:999999999999:cluster:${id}</DBClusterArn><Engine>${engine}</Engine></DBCluster>`;
    const { kind } = rdsAnswering(() => ({
      body: `<DescribeDBClustersResponse><DescribeDBClustersResult><DBClusters>${cluster('a', 'aurora-mysql')}${cluster('b', 'neptune')}${cluster('c', 'docdb')}${cluster('d', 'postgres')}</DBClusters></DescribeDBClustersResult></DescribeDBClustersResponse>`,
    }));
    const pages = [];
    for await (const page of kind.discover(owner)) pages.push(...page);
    expect(pages.map(({ id }) => id)).toEqual(['a']);
  });

  it('tells from the same page how safe a cluster is without copies, and nothing where the service does not', async () => {
    const cluster = (id: string, more: string) =>
      `<DBCluster><DBClusterIdentifier>${id}</DBClusterIdentifier><DBClusterArn>arn:aws:rds:eu-west-1:999999999999:cluster:${id}</DBClusterArn><Engine>aurora-mysql</Engine>${more}</DBCluster>`;
    const told =
      '<BackupRetentionPeriod>0</BackupRetentionPeriod><LatestRestorableTime>2026-11-21T02:00:00Z</LatestRestorableTime>' +
      '<DeletionProtection>false</DeletionProtection><PubliclyAccessible>true</PubliclyAccessible><CopyTagsToSnapshot>false</CopyTagsToSnapshot>';
    const replica = `${told}<ReplicationSourceIdentifier>arn:aws:rds:eu-west-1:999999999999:cluster:a</ReplicationSourceIdentifier>`;
    const { kind, requests } = rdsAnswering(() => ({
      body: `<DescribeDBClustersResponse><DescribeDBClustersResult><DBClusters>${cluster('a', told)}${cluster('b', '')}${cluster('c', replica)}</DBClusters></DescribeDBClustersResult></DescribeDBClustersResponse>`,
    }));
    const pages = [];
    for await (const page of kind.discover(owner)) pages.push(...page);
    const posture = {
      ...{ ownBackupDays: 0, restorableUntil: '2026-11-21T02:00:00.000Z', deletionProtection: false },
      ...{ public: true, copiesTakeTags: false },
    };
    expect(pages[0]?.posture).toEqual(posture);
    expect(Object.values(pages[1]?.posture ?? {})).toEqual([null, null, null, null, null]);
    // It needs none of its own.
    expect(pages[2]?.posture).toEqual({ ...posture, ownBackupDays: null });
    expect(requests).toHaveLength(1);
  });

  it('counts automated snapshots as in flight, and no copy within the region', async () => {
    const one = (id: string, status: string, type: string, from: string) => `
      <DBClusterSnapshotArn>arn:aws:rds:eu-west-1:999999999999:cluster-snapshot:${id}</DBClusterSnapshotArn>
      <DBClusterSnapshotIdentifier>${id}</DBClusterSnapshotIdentifier><SnapshotType>${type}</SnapshotType><Status>${status}</Status><Engine>aurora-postgresql</Engine>
      ${from && `<SourceDBClusterSnapshotArn>arn:aws:rds:${from}:999999999999:cluster-snapshot:x</SourceDBClusterSnapshotArn>`}`;
    const answer = described(
      one('rds:auto', 'creating', 'automated', ''),
      one('mine', 'creating', 'manual', ''),
      one('done', 'available', 'manual', ''),
      one('near', 'copying', 'manual', 'eu-west-1'),
      one('far', 'copying', 'manual', 'eu-central-1'),
    );
    const { kind } = rdsAnswering(answer, answer);
    const snapshots = await kind.inFlight(owner, 'cluster-snapshots-in-progress');
    expect(snapshots).toEqual(['rds:auto', 'mine']);
    const copies = await kind.inFlight(owner, 'cluster-snapshot-cross-region-copies');
    expect(copies).toEqual(['far']);
  });
});
