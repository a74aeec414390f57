import { Readable } from 'node:stream';
import { RDSClient } from '@aws-sdk/client-rds';
import { type AwsAccess } from '../../src/clouds/aws/awsAccess';
import { AwsKeys } from '../../src/clouds/aws/keys';
import { toFailure } from '../../src/clouds/aws/awsFailure';
import { classifyGcsError, GcsError } from '../../src/clouds/gcp/classifyGcsError';
import { resourcePath } from '../../src/core/resource';
import { kinds } from '../../src/kinds/registry';
import { fc, json, mutatedText, text } from '../inputs';
import { ensure, refusedOr, requireTyped, target } from '../target';

const arn = 'arn:aws:rds:eu-west-1:999999999999';
const tag = '<TagList><Tag><Key>backup</Key><Value>true</Value></Tag></TagList>';
const cluster = `<DBClusters><DBCluster><DBClusterIdentifier>shop</DBClusterIdentifier><DBClusterArn>${arn}:cluster:shop</DBClusterArn><Engine>aurora-postgresql</Engine><EngineMode>provisioned</EngineMode><Status>available</Status><AllocatedStorage>1</AllocatedStorage><StorageEncrypted>true</StorageEncrypted><KmsKeyId>arn:aws:kms:eu-west-1:999999999999:key/1</KmsKeyId>${tag}</DBCluster></DBClusters>`;
const instance = `<DBInstances><DBInstance><DBInstanceIdentifier>shop</DBInstanceIdentifier><DBInstanceArn>${arn}:db:shop</DBInstanceArn><Engine>postgres</Engine><DBInstanceStatus>available</DBInstanceStatus><AllocatedStorage>20</AllocatedStorage>${tag}</DBInstance></DBInstances>`;
const snapshot = `<DBClusterSnapshots><DBClusterSnapshot><DBClusterSnapshotIdentifier>farcopy-shop</DBClusterSnapshotIdentifier><DBClusterSnapshotArn>${arn}:cluster-snapshot:farcopy-shop</DBClusterSnapshotArn><DBClusterIdentifier>shop</DBClusterIdentifier><Engine>aurora-postgresql</Engine><SnapshotType>manual</SnapshotType><Status>available</Status><PercentProgress>100</PercentProgress><SnapshotCreateTime>2026-11-21T02:00:00Z</SnapshotCreateTime>${tag}</DBClusterSnapshot></DBClusterSnapshots>`;
const results = [
  'DescribeDBClusters',
  'DescribeDBInstances',
  'DescribeDBClusterSnapshots',
  'DescribeDBSnapshots',
  'ListTagsForResource',
];
const answer = results.map((name) => `<${name}Result>${cluster}${instance}${snapshot}</${name}Result>`).join('');

/** RDS that answers every call in the same way. */
function accessTo(body: string, statusCode: number): AwsAccess {
  const client = new RDSClient({
    region: 'eu-west-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'x', secretAccessKey: 'y' },
    requestHandler: {
      handle: () => Promise.resolve({ response: { statusCode, headers: {}, body: Readable.from([body]), reason: '' } }),
    } as never,
  });
  return { client: () => client } as unknown as AwsAccess;
}

const scope = { account: '999999999999', region: 'eu-west-1', access: 'source' } as const;
const mostPages = 20;

/** Answers of RDS. */
export const rdsAnswers = target(
  'rdsAnswers',
  fc.tuple(
    fc.oneof(
      { weight: 5, arbitrary: mutatedText(`<R xmlns="http://rds.amazonaws.com/doc/2014-10-31/">${answer}</R>`) },
      { weight: 1, arbitrary: text },
    ),
    fc.constantFrom(200, 200, 200, 400, 503),
    fc.nat(kinds.length - 1),
  ),
  async ([body, status, which]) => {
    const access = accessTo(body, status);
    const operations = kinds[which]?.connect({ access, keys: new AwsKeys(access) });
    if (operations === undefined) return;
    await refusedOr(async () => {
      let pages = 0;
      for await (const page of operations.discover(scope)) {
        for (const resource of page)
          ensure(resourcePath(resource).split('/').length === 4, `path ${JSON.stringify(resourcePath(resource))}`);
        if (++pages > mostPages) break;
      }
    });
    await refusedOr(async () => {
      let pages = 0;
      for await (const page of operations.copies?.list(scope) ?? []) {
        for (const { status: word, tags } of page)
          ensure(typeof word === 'string' && typeof tags === 'object', 'a copy without status or tags');
        if (++pages > mostPages) break;
      }
    });
    await refusedOr(() => operations.copies?.progress({ id: 'farcopy-shop' }, scope));
  },
);

const secret = 'AKIAIOSFODNN7EXAMPLE';
const thrown = fc.oneof(
  json,
  fc
    .record({ name: text, message: text, code: json, Code: json, $metadata: json, cause: json })
    .map((fields) => Object.assign(new Error(fields.message), fields)),
  fc
    .tuple(fc.nat(600), text, text)
    .map(([status, reason, message]) => new GcsError(status, reason, `${message} ${secret}`, null)),
);

/** Whatever a client of a cloud throws. */
export const cloudErrors = target('cloudErrors', thrown, (error) => {
  const failure = toFailure(error, { subject: 'snapshot x', ...scope, action: 'rds:DescribeDBClusters' });
  requireTyped(failure);
  ensure(!failure.message.includes(secret), 'an access key stands in a failure');
  ensure(failure.message.length < 5_000, `a failure of ${failure.message.length} characters`);
  ensure(JSON.stringify(failure).length < 20_000, `a failure of ${JSON.stringify(failure).length} bytes`);
  classifyGcsError(error);
});
