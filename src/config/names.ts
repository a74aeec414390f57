import { accountOfArn } from '../core/arn';
import { type BucketVault } from '../core/backup/policy';
import { formatBucketUrl, parseBucketUrl } from '../core/catalogue/bucket';
import { type Access } from '../core/catalogue/copy';
import { type DrillTarget } from '../core/drill/drill';
import { type FleetScope } from '../core/fleetScope';
import { type Fleet } from './fleet';

type Server = Extract<DrillTarget, { type: 'postgres' }>;

/**
 * What a fleet file names, and therefore what may be touched. Which accounts an organisation has it does not say: whoever asks of
 * them brings the answer.
 */
export class FleetNames {
  /** Every region that the file names for resources and vaults. */
  readonly regions: ReadonlySet<string>;
  /** Accounts whose vault role Farcopy takes on: of vaults, of buckets, and where exports are made. */
  readonly vaultAccounts: ReadonlySet<string>;
  /** Accounts of vaults whose copies are lent to restores. */
  readonly lenders: ReadonlySet<string>;
  /** Servers of PostgreSQL: those of drills, and targets of restores. */
  readonly servers: readonly Server[];
  /** Accounts that the file lists; null where it names an organisation. */
  readonly sources: readonly FleetScope[] | null;
  private readonly drillTargets: readonly DrillTarget[];
  private readonly exportBuckets: ReadonlySet<string>;

  constructor(private readonly fleet: Fleet) {
    const { accounts, vaults, buckets, tiers, restoreTargets } = fleet;
    this.sources =
      accounts.type === 'organization'
        ? null
        : accounts.accounts.flatMap(({ id, regions }) => regions.map((region) => ({ account: id, region })));
    this.drillTargets = tiers.flatMap(({ drills }) => drills.map(({ to }) => to));
    this.servers = [...this.drillTargets, ...restoreTargets].filter((one) => one.type === 'postgres');
    this.lenders = new Set(vaults.map(({ account }) => account));
    const homes = buckets.flatMap(({ home }) => home ?? []);
    const exporters = buckets.flatMap(({ export: { role } }) => accountOfArn(role) ?? []);
    this.vaultAccounts = new Set([...this.lenders, ...homes.map(({ account }) => account), ...exporters]);
    this.regions = new Set([
      ...(this.sources?.map(({ region }) => region) ?? (accounts.type === 'organization' ? accounts.regions : [])),
      ...vaults.flatMap(({ region }) => (typeof region === 'object' ? Object.values(region ?? {}) : region)),
      ...homes.map(({ region }) => region),
    ]);
    const inRegions = buckets.flatMap(({ export: { bucket } }) =>
      [...this.regions].flatMap((region) => canonical(bucket.replaceAll('{region}', region)) ?? []),
    );
    this.exportBuckets = new Set(inRegions);
  }

  /** Whether an account may be opened with a role at all, as far as the file alone can tell. */
  opens(access: Access, account: string): boolean {
    const { accounts, snsTopics } = this.fleet;
    const isSource = this.sources === null || this.sources.some((one) => one.account === account);
    switch (access) {
      case 'vault':
        return this.vaultAccounts.has(account);
      case 'source':
        return (
          isSource ||
          (accounts.type === 'organization' && accounts.account === account) ||
          snsTopics.some((topic) => accountOfArn(topic) === account)
        );
      case 'lender':
        return this.lenders.has(account);
      case 'state':
        return this.fleet.state?.home?.account === account;
      case 'marker':
      case 'pruner':
        return (
          this.fleet.roles[access] !== undefined && (this.opens('source', account) || this.vaultAccounts.has(account))
        );
      case 'restore':
        return (
          isSource ||
          this.targetRegions(account).size > 0 ||
          this.servers.some(({ secret }) => secret !== null && accountOfArn(secret) === account)
        );
    }
  }

  /** Whether a restore may lead there that is of no drill: into the account of the resource itself, or where the file says. */
  restoresInto({ account, region }: FleetScope, home: string): boolean {
    return (account === home && this.isRegion(region)) || this.targetRegions(account).has(region);
  }

  /** Regions of an account that restores and drills may lead to, whosever the resource is. */
  targetRegions(account: string): ReadonlySet<string> {
    const drilled = this.drillTargets.flatMap((to) => (to.type === 'aws' && to.account === account ? to.region : []));
    const restored = this.fleet.restoreTargets.flatMap((to) =>
      to.type === 'aws' && to.account === account ? [...(to.regions ?? this.regions)] : [],
    );
    return new Set([...drilled, ...restored]);
  }

  isDrilledIn({ account, region }: FleetScope): boolean {
    return this.drillTargets.some((to) => to.type === 'aws' && to.account === account && to.region === region);
  }

  /** Whether the file names the region at all: for resources, vaults, or what is restored. */
  isRegion(region: string): boolean {
    return (
      this.regions.has(region) ||
      this.drillTargets.some((to) => to.type === 'aws' && to.region === region) ||
      this.fleet.restoreTargets.some((to) => to.type === 'aws' && to.regions?.includes(region) === true)
    );
  }

  /** The vault that is this bucket, by its URL. */
  vaultBucket(url: string): BucketVault | undefined {
    const wanted = canonical(url);
    return wanted === null ? undefined : this.fleet.buckets.find(({ bucket }) => canonical(bucket) === wanted);
  }

  /** Whether AWS exports to this bucket on the way to a vault. */
  isExportBucket(url: string): boolean {
    return this.exportBuckets.has(canonical(url) ?? '');
  }

  /** Whether what the URL names lies in a bucket of the file, or on the way to one. */
  isInBucket(url: string): boolean {
    const wanted = canonical(url);
    const buckets = [...this.exportBuckets, ...this.fleet.buckets.flatMap(({ bucket }) => canonical(bucket) ?? [])];
    return wanted !== null && buckets.some((bucket) => wanted.startsWith(bucket));
  }

  /** A server of the file, whichever of its databases the URL names: everything else must be the same. */
  isServer({ url, secret }: Pick<Server, 'url' | 'secret'>): boolean {
    const wanted = serverOf(url);
    return wanted !== null && this.servers.some((one) => serverOf(one.url) === wanted && one.secret === secret);
  }
}

function canonical(url: string): string | null {
  const parsed = parseBucketUrl(url);
  return parsed === null ? null : formatBucketUrl(parsed);
}

/** The URL without its database. */
function serverOf(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  url.pathname = '/';
  return url.href;
}
