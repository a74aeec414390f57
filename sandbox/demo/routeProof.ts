import { backupBucket, criticalTier, exportBucket, secondRegion, vaultAccount } from '../seed/sandboxAccounts';
import { proveBuckets } from './bucketProof';
import { type RouteClouds } from './clouds';
import { type ExpectedRun, type Proof, proveRun, type ProvenResource, stateOf } from './proof';
import { proveRestores, type RestoredCluster } from './restoreProof';

/** Where something may be left over. */
interface Place {
  readonly account: string;
  readonly region: string;
}

/** What was restored, and where. */
export interface Restored {
  /** By the ARN of the cluster that the data are from. */
  readonly clusters: ReadonlyMap<string, RestoredCluster>;
  /** Where clusters were restored to: of what that took, nothing may be left there. */
  readonly places: readonly Place[];
  /** Restored clusters that are to stay. */
  readonly kept: readonly (Place & { readonly id: string })[];
}

/**
 * Proves the whole route: of every cluster its snapshots (see {@link proveRun}); of those in the critical tier also the copies in
 * the buckets of both clouds, and that the databases restored from copies hold what their source does; and that nothing else
 * lies in any of these accounts and buckets, neither snapshot nor cluster nor object.
 */
export async function proveRoute(run: ExpectedRun, clouds: RouteClouds, restored: Restored): Promise<Proof> {
  const proof = await proveRun(run, clouds);
  const missing = [...proof.missing];
  const resources: ProvenResource[] = [];
  const accounted = new Set<string>();
  for (const [i, cluster] of run.clusters.entries()) {
    const resource = proof.resources[i];
    if (resource === undefined) continue;
    if (cluster.tier !== criticalTier) {
      resources.push(resource);
      continue;
    }
    const placed = (name: string) => resource.copies.find(({ place }) => place === name);
    const { dataTime = null } = placed('source') ?? {};
    const buckets = await proveBuckets(
      run,
      cluster,
      placed('secure')?.arn ?? null,
      dataTime === null ? null : new Date(dataTime),
      clouds,
    );
    const { restores, problems } = proveRestores(
      cluster,
      restored.clusters.get(cluster.arn) ?? { source: [], restores: [] },
    );
    if (restores.length === 0) missing.push(`${cluster.account}/${cluster.region}/${cluster.id}: it was not restored`);
    missing.push(...buckets.problems, ...problems);
    for (const url of buckets.accounted) accounted.add(url);
    const copies = [...resource.copies, ...buckets.copies];
    resources.push({ ...resource, copies, state: stateOf(copies), restores });
  }
  missing.push(...(await leftObjects(run, clouds, accounted)), ...(await leftInAccounts(run, proof, clouds, restored)));
  return { resources, missing };
}

/** Objects of all buckets that belong to no recovery point of the run. */
async function leftObjects(
  { fleet, clusters }: ExpectedRun,
  clouds: RouteClouds,
  accounted: ReadonlySet<string>,
): Promise<string[]> {
  const regions = [...new Set(clusters.flatMap(({ region }) => [region, secondRegion(region)]))];
  const buckets = [
    ...regions.map((region) => {
      const name = exportBucket(fleet, region);
      return { url: `s3://${name}`, bucket: clouds.s3Bucket(vaultAccount, region, name) };
    }),
    { url: `gs://${backupBucket(fleet)}`, bucket: clouds.gcsBucket(backupBucket(fleet)) },
  ];
  const left: string[] = [];
  for (const { url, bucket } of buckets)
    for (const { key } of await bucket.objects()) {
      const object = `${url}/${key}`;
      if (!accounted.has(object)) left.push(`${object}: left over`);
    }
  return left;
}

/** Clusters wherever the run has something, and snapshots where only restores have been. */
async function leftInAccounts(
  { clusters }: ExpectedRun,
  { resources }: Proof,
  clouds: RouteClouds,
  { places, kept }: Restored,
): Promise<string[]> {
  const name = ({ account, region, id }: Place & { readonly id: string }) => `${account}/${region}/${id}`;
  const expected = new Set([...clusters, ...kept].map(name));
  const looked = new Map<string, Place>();
  for (const { copies } of resources)
    for (const { account, region } of copies)
      if (account !== null && region !== null) looked.set(`${account}/${region}`, { account, region });
  const left: string[] = [];
  for (const place of places) {
    const key = `${place.account}/${place.region}`;
    if (looked.has(key)) continue;
    looked.set(key, place);
    for (const { arn, manual } of await clouds.snapshots(place.account, place.region))
      if (manual) left.push(`${arn}: left over`);
  }
  for (const { account, region } of looked.values())
    for (const { arn, id } of await clouds.clusters(account, region))
      if (!expected.has(name({ account, region, id }))) left.push(`${arn}: left over`);
  return left;
}
