import { paginateDescribeDBClusters, paginateDescribeDBInstances } from '@aws-sdk/client-rds';
import { type AwsAccess } from '../../clouds/aws/awsAccess';
import { awsPages } from '../../clouds/aws/awsFailure';
import { type Scope } from '../../core/catalogue/copy';
import { type Sighting } from '../../core/kind';
import { placeOfArn } from './arn';
import { rdsCall } from './rdsCall';
import { rdsClient } from './rdsClient';

/** The kinds of clusters by their engines; engines that are not here no kind covers. */
export const clusterEngines = {
  'aurora-cluster': ['aurora-mysql', 'aurora-postgresql'],
  'documentdb-cluster': ['docdb'],
  'neptune-cluster': ['neptune'],
  'multi-az-cluster': ['mysql', 'postgres'],
} as const;

/** RDS User Guide, "Working with RDS Custom": what runs on a machine of yours is not copied as RDS copies instances. */
export const isCustom = (engine: string): boolean => engine.startsWith('custom-');

/** Every cluster and instance that the API of RDS shows, whatever its engine. */
export async function* sightings(access: AwsAccess, scope: Scope, signal?: AbortSignal): AsyncGenerator<Sighting[]> {
  const client = rdsClient(access, scope);
  const options = { abortSignal: signal };
  const clusters = () => paginateDescribeDBClusters({ client, pageSize: 100 }, {}, options);
  for await (const { DBClusters = [] } of awsPages(
    rdsCall('clusters', scope, 'rds:DescribeDBClusters'),
    signal,
    clusters,
  ))
    yield DBClusters.map(({ DBClusterArn: arn = '', DBClusterIdentifier: id = '', Engine: what = '' }) => ({
      ...placeOfArn(arn),
      id,
      arn,
      what,
      kind: clusterKindOf(what),
    }));
  const instances = () => paginateDescribeDBInstances({ client, pageSize: 100 }, {}, options);
  const call = rdsCall('instances', scope, 'rds:DescribeDBInstances');
  for await (const { DBInstances = [] } of awsPages(call, signal, instances))
    yield DBInstances.filter(({ DBClusterIdentifier: cluster }) => !cluster).map(
      ({ DBInstanceArn: arn = '', DBInstanceIdentifier: id = '', Engine: what = '' }) => ({
        ...placeOfArn(arn),
        id,
        arn,
        what,
        kind: isCustom(what) ? null : 'rds-instance',
      }),
    );
}

function clusterKindOf(engine: string): string | null {
  const found = Object.entries(clusterEngines).find(([, engines]) => (engines as readonly string[]).includes(engine));
  return found?.[0] ?? null;
}
