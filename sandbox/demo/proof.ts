import { copyTags, noHold } from '../../src/core/catalogue/copy';
import { type SkippedTable } from '../../src/core/catalogue/manifest';
import { recoveryPointId, scheduledTimeLabel } from '../../src/core/naming';
import { type RecoveryPointState } from '../../src/core/backup/recoveryPointResult';
import { keyAlias, secondRegion, vaultAccount } from '../seed/sandboxAccounts';
import { type Clouds, type SeenSnapshot } from './clouds';

/** A cluster that should have been backed up. */
export interface ExpectedCluster {
  readonly account: string;
  readonly region: string;
  readonly id: string;
  readonly arn: string;
  readonly tier: string;
  /** The time that Temporal's schedule started its tier's run for. */
  readonly scheduledTime: Date;
}

/** What should have happened. */
export interface ExpectedRun {
  readonly fleet: string;
  readonly clusters: readonly ExpectedCluster[];
  readonly endedAt: Date;
}

/** One copy as the clouds show it; `arn` is null and `status` is `missing` where there is none. */
export interface ProvenSnapshot {
  readonly place: string;
  readonly kind: 'snapshot';
  readonly account: string;
  readonly region: string;
  readonly arn: string | null;
  readonly status: string;
  readonly kmsKeyId: string | null;
  /** The time of the data as the copy's tag has it. */
  readonly dataTime: string | null;
  /** Everything the proof asks of this copy holds. */
  readonly verified: boolean;
}

/** A copy in a bucket: an export in S3, or what was made of it in Google Cloud Storage. */
export interface ProvenObjects extends Omit<ProvenSnapshot, 'kind' | 'account' | 'region'> {
  readonly kind: 's3' | 'gcs';
  /** Null in Google Cloud, which has neither. */
  readonly account: string | null;
  readonly region: string | null;
  /** Of the export, without what Farcopy itself wrote beside it. */
  readonly objects: number;
  readonly bytes: number;
  /**
   * `s3`: how many objects were read whole to compute their CRC32C. `gcs`: of how many the CRC32C that Google Cloud Storage
   * keeps was compared with that one.
   */
  readonly crc32cChecked: number;
  /** What RDS left out of the export. */
  readonly skippedTables: readonly SkippedTable[];
}

export type ProvenCopy = ProvenSnapshot | ProvenObjects;

/** A database that a copy was restored into, compared with the source. */
export interface ProvenRestore {
  /** The place of the copy: a vault's name, or the URL of a bucket. */
  readonly from: string;
  /** `account/region/id`, or the URL of a database. */
  readonly to: string;
  /** What is in it. */
  readonly tables: number;
  readonly rows: number;
  /** Every table has the columns, the rows and the checksum of the source's, and there is no other. */
  readonly equal: boolean;
  /** From the order to restore until the database answered the proof's own connection; null where it never did. */
  readonly rtoSeconds: number | null;
}

export interface ProvenResource {
  readonly kind: 'aurora-cluster';
  readonly account: string;
  readonly region: string;
  readonly id: string;
  readonly recoveryPoint: string;
  readonly state: RecoveryPointState;
  readonly copies: readonly ProvenCopy[];
  readonly restores: readonly ProvenRestore[];
}

export interface Proof {
  readonly resources: readonly ProvenResource[];
  /** Everything that does not hold, one sentence each; empty when all is proven. */
  readonly missing: readonly string[];
}

/**
 * Proves from what the clouds show that every cluster has its recovery point: a snapshot of the right time in its own
 * account, a copy of it in the vault account under that account's key, a copy of that one in the second region under that
 * region's key; each available, fully tagged and shared with nobody; and no other snapshot anywhere.
 */
export async function proveRun(run: ExpectedRun, clouds: Clouds): Promise<Proof> {
  const asked = new AskedOnce(clouds);
  const missing: string[] = [];
  const resources: ProvenResource[] = [];
  const accounted = new Set<string>();
  for (const cluster of run.clusters) {
    const { resource, problems, arns } = await proveCluster(cluster, run, asked);
    resources.push(resource);
    missing.push(...problems);
    for (const arn of arns) accounted.add(arn);
  }
  for (const { arn, tags } of asked.everySnapshot()) {
    if (!accounted.has(arn)) missing.push(`${arn}: left over (place ${tags[copyTags.place] ?? 'unknown'})`);
  }
  return { resources, missing };
}

interface Place {
  readonly place: string;
  readonly account: string;
  readonly region: string;
}

async function proveCluster(cluster: ExpectedCluster, run: ExpectedRun, clouds: AskedOnce) {
  const places: Place[] = [
    { place: 'source', account: cluster.account, region: cluster.region },
    { place: 'secure', account: vaultAccount, region: cluster.region },
    { place: 'secure-dr', account: vaultAccount, region: secondRegion(cluster.region) },
  ];
  const copies: ProvenSnapshot[] = [];
  const problems: string[] = [];
  const arns: string[] = [];
  let original: SeenSnapshot | undefined;
  let previous: SeenSnapshot | undefined;
  for (const place of places) {
    const where = `${cluster.account}/${cluster.region}/${cluster.id}: ${place.place} (${place.account}/${place.region})`;
    const candidates = (await clouds.snapshots(place.account, place.region)).filter((snapshot) =>
      place.place === 'source'
        ? snapshot.manual && snapshot.clusterId === cluster.id
        : previous !== undefined && snapshot.sourceArn === previous.arn,
    );
    const [found] = candidates;
    arns.push(...candidates.map(({ arn }) => arn));
    if (found === undefined) {
      copies.push({
        ...place,
        kind: 'snapshot',
        arn: null,
        status: 'missing',
        kmsKeyId: null,
        dataTime: null,
        verified: false,
      });
      problems.push(`${where}: there is no ${place.place === 'source' ? 'snapshot' : 'copy'}`);
      previous = undefined;
      continue;
    }
    original ??= found;
    const wrong = [
      ...(candidates.length > 1 ? [`there are ${candidates.length}, one was expected`] : []),
      ...wrongTime(found, original, cluster, run),
      ...wrongTags(found.tags, original.createdAt, cluster, place.place, run),
      ...wrongProof(found),
      ...(await wrongState(found, place, clouds)),
    ];
    problems.push(...wrong.map((problem) => `${where}: ${problem}`));
    copies.push({
      ...place,
      kind: 'snapshot',
      arn: found.arn,
      status: found.status,
      kmsKeyId: found.keyArn,
      dataTime: found.tags[copyTags.dataTime] ?? null,
      verified: wrong.length === 0,
    });
    previous = found;
  }
  const resource: ProvenResource = {
    kind: 'aurora-cluster',
    account: cluster.account,
    region: cluster.region,
    id: cluster.id,
    recoveryPoint: recoveryPointId({ kind: 'aurora-cluster', ...cluster }, scheduledTimeLabel(cluster.scheduledTime)),
    state: stateOf(copies),
    copies,
    restores: [],
  };
  return { resource, problems, arns };
}

export function stateOf(copies: readonly ProvenCopy[]): RecoveryPointState {
  if (copies.every((copy) => copy.verified)) return 'completed';
  const isSafe = ({ kind, account }: ProvenCopy) => kind === 'gcs' || (kind === 'snapshot' && account === vaultAccount);
  return copies.some((copy) => copy.verified && isSafe(copy)) ? 'partially-failed' : 'failed';
}

/** Made for this run, and not before the snapshot it is a copy of. */
function wrongTime(
  found: SeenSnapshot,
  original: SeenSnapshot,
  { scheduledTime }: ExpectedCluster,
  { endedAt }: ExpectedRun,
): string[] {
  const { createdAt } = found;
  if (createdAt === null) return ['AWS does not say when it was made'];
  const earliest = found === original ? wholeSecond(scheduledTime) : (original.createdAt ?? scheduledTime);
  if (createdAt < earliest) return [`it was made at ${createdAt.toISOString()}, before ${earliest.toISOString()}`];
  if (createdAt > endedAt) return [`it was made at ${createdAt.toISOString()}, after the run had ended`];
  return [];
}

/** What a copy says of itself but its proof: a snapshot's tags, or those of a record in a bucket. */
export function wrongTags(
  tags: Readonly<Record<string, string>>,
  dataTime: Date | null,
  cluster: ExpectedCluster,
  place: string,
  run: Pick<ExpectedRun, 'fleet'>,
): string[] {
  const time = scheduledTimeLabel(cluster.scheduledTime);
  const expected: Record<string, string> = {
    [copyTags.fleet]: run.fleet,
    [copyTags.resource]: cluster.arn,
    [copyTags.recoveryPoint]: recoveryPointId({ kind: 'aurora-cluster', ...cluster }, time),
    [copyTags.scheduledTime]: time,
    [copyTags.tier]: cluster.tier,
    [copyTags.place]: place,
    [copyTags.retention]: cluster.tier,
    [copyTags.hold]: noHold,
  };
  const wrong = Object.entries(expected).flatMap(([name, value]) =>
    tags[name] === value ? [] : [`tag ${name} is ${tags[name] ?? 'missing'} instead of ${value}`],
  );
  const told = tags[copyTags.dataTime];
  if (told === undefined || Date.parse(told) !== dataTime?.getTime())
    wrong.push(`tag ${copyTags.dataTime} is ${told ?? 'missing'} instead of ${dataTime?.toISOString() ?? 'a time'}`);
  return wrong;
}

function wrongProof({ tags }: SeenSnapshot): string[] {
  const verified = tags[copyTags.verified];
  return verified !== undefined && /^[a-z]+ \d{4}-\d\d-\d\dT[\d:.]+Z$/.test(verified)
    ? []
    : [`tag ${copyTags.verified} is ${verified ?? 'missing'} instead of a level and a time`];
}

async function wrongState(found: SeenSnapshot, { account, region }: Place, clouds: AskedOnce): Promise<string[]> {
  const wrong: string[] = [];
  if (found.status !== 'available') wrong.push(`its status is ${found.status}`);
  const key = await clouds.keyArn(account, region, keyAlias);
  if (key === null) wrong.push(`there is no key ${keyAlias} in ${account}/${region}`);
  else if (found.keyArn !== key) wrong.push(`its key is ${found.keyArn ?? 'none'} instead of ${key}`);
  const others = await clouds.sharedWith(account, region, found.id);
  if (others.length > 0) wrong.push(`it is still shared with ${others.join(', ')}`);
  return wrong;
}

function wholeSecond(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}

/** Asks for the snapshots and keys of an account and region once, however many clusters it has. */
class AskedOnce {
  private readonly listed = new Map<string, readonly SeenSnapshot[]>();
  private readonly keys = new Map<string, string | null>();

  constructor(private readonly clouds: Clouds) {}

  async snapshots(account: string, region: string): Promise<readonly SeenSnapshot[]> {
    const scope = `${account}/${region}`;
    const found = this.listed.get(scope) ?? (await this.clouds.snapshots(account, region));
    this.listed.set(scope, found);
    return found;
  }

  async keyArn(account: string, region: string, alias: string): Promise<string | null> {
    const scope = `${account}/${region}/${alias}`;
    const found = this.keys.has(scope) ? this.keys.get(scope) : await this.clouds.keyArn(account, region, alias);
    this.keys.set(scope, found ?? null);
    return found ?? null;
  }

  async sharedWith(account: string, region: string, snapshotId: string): Promise<readonly string[]> {
    return this.clouds.sharedWith(account, region, snapshotId);
  }

  /** All manual snapshots of the accounts and regions that were looked at. */
  everySnapshot(): SeenSnapshot[] {
    return [...this.listed.values()].flat().filter((snapshot) => snapshot.manual);
  }
}
