import { type Fleet, FleetNames } from '../../config';
import { accountOfArn } from '../../core/arn';
import { canonical } from '../../core/canonical';
import { bucketLayout, parseBucketUrl } from '../../core/catalogue/bucket';
import { type Access, type RecoveryPointIdentity, type Scope } from '../../core/catalogue/copy';
import { drillIdentifierPattern, scratchDatabasePattern } from '../../core/drill/drillScratch';
import { type FleetScope } from '../../core/fleetScope';
import { type ResourceRef } from '../../core/resource';
import { type StepInput } from '../../core/steps/step';
import { type NamedInInput } from '../../kinds/kind';
import { type StepRequest } from '../steps/stepContracts';
import { fieldsAt, isObject } from './fieldsAt';
import { type Meaning } from './meanings';
import { SourceAccounts } from './sourceAccounts';

export interface AuthorityDependencies {
  readonly fleet: Fleet;
  /** Every account and region whose resources are protected; asked where the fleet file names an organisation. */
  readonly scopes: () => Promise<readonly FleetScope[]>;
  /** What a step's input names, and that input with the choice that is tried. `InvalidInput` where nothing performs it. */
  readonly inputOf: (request: StepRequest) => {
    readonly names: Readonly<Record<string, NamedInInput>>;
    readonly input: StepInput;
  };
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** What is wrong with a field: that the fleet file does not name it, and what would. */
export class Refusal extends Error {
  /**
   * @param what it is, after the field's name: `is account 666666666666`
   * @param section of the fleet file that would have to name it
   */
  constructor(
    readonly what: string,
    readonly section: string,
  ) {
    super(`${what}: ${section}`);
  }
}

type Rule = (value: unknown, of: unknown) => void | Promise<void>;

/** An export may begin days after its recovery point, and a lock counts from its beginning. */
const lockSlackMilliseconds = 24 * 3600_000;

/** Holds what activities are told against the fleet file: one rule for each meaning. */
export class Authority {
  private readonly names: FleetNames;
  private readonly sources: SourceAccounts;

  constructor(private readonly dependencies: AuthorityDependencies) {
    this.names = new FleetNames(dependencies.fleet);
    this.sources = new SourceAccounts(this.names, dependencies.scopes);
  }

  /**
   * @param value the field's
   * @param of whatever else decides
   * @throws Refusal
   */
  async hold(meaning: Meaning, value: unknown, of: unknown): Promise<void> {
    await this.rules[meaning](value, of);
  }

  private readonly rules: Readonly<Record<Meaning, Rule>> = {
    fleet: (value) => {
      const { name } = this.dependencies.fleet;
      if (value !== name) throw new Refusal(`is ${shown(value)}, and these workers serve ${name}`, 'fleet');
    },
    scope: (value) => this.scope(value, {}),
    'any-scope': (value) => this.scope(value, { restores: true }),
    'scope-of-step': (value, request) => {
      const { ownership, identity } = request as StepRequest;
      return this.scope(value, { restores: ownership !== null, home: identity?.resource?.account });
    },
    home: (value) => this.home(value),
    resource: (value) => this.resource(value),
    'resource-of-step': (value, request) =>
      (request as StepRequest).ownership !== null ? this.named(value) : this.resource(value),
    'input-of-step': (value) => this.input(value as StepRequest, () => true),
    'input-of-undo': (value) => this.input(value as StepRequest, (meaning) => meaning !== 'shared-with'),
    copy: (value) => this.copy(value),
    limit: (value, access) => this.scope({ ...(value as object), access }, { restores: true }),
    'restore-target': async (value) => {
      const [account = '', region = ''] = textOf(value).split('/');
      if (this.names.targetRegions(account).has(region)) return;
      if (this.names.isRegion(region) && (await this.isSource(account))) return;
      throw new Refusal(`is ${shown(value)}, where nothing may be restored`, 'restore.targets');
    },
    'asked-key': async (value) => {
      const account = accountOfArn(textOf(value));
      if (account === null || this.names.lenders.has(account) || this.names.targetRegions(account).size > 0) return;
      if (!(await this.isSource(account)))
        throw new Refusal(`is ${shown(value)}, a key of another account`, 'restore.targets');
    },
    'drill-target': (value) =>
      this.oneOf(
        value,
        this.drills.map(({ to }) => to),
        'where no drill restores to',
        'tiers.*.drills',
      ),
    'drilled-database': (value) => this.drilledDatabase(value),
    checks: (value) => {
      const checks = this.drills.flatMap((drill) => drill.checks);
      if (!Array.isArray(value)) throw malformed(value);
      for (const one of value as readonly unknown[]) this.oneOf(one, checks, 'a check of no drill', 'tiers.*.drills');
    },
    server: (value) => this.server(value),
    'scratch-name': (value) => {
      if (!scratchDatabasePattern.test(textOf(value)))
        throw new Refusal(`is ${shown(value)}, which no drill's scratch database is called`, 'tiers.*.drills');
    },
    swept: (value) => this.swept(value),
    'vault-bucket': (value) => {
      if (this.names.vaultBucket(textOf(value)) === undefined)
        throw new Refusal(`is ${shown(value)}, the bucket of no vault`, 'vaults');
    },
    'export-bucket': (value) => {
      if (!this.names.isExportBucket(textOf(value)))
        throw new Refusal(`is ${shown(value)}, to which no vault's copies are exported`, 'vaults.*.export');
    },
    'data-prefix': (value, identity) => {
      const { resource, scheduledTime } = identity as RecoveryPointIdentity;
      const wanted = Number.isNaN(Date.parse(scheduledTime)) ? '' : bucketLayout.dataPrefix(resource, scheduledTime);
      if (value !== wanted) throw new Refusal(`is ${shown(value)}, where the recovery point does not lie`, 'vaults');
    },
    lock: (value, target) => this.lock(value, target),
    told: () => undefined,
    key: (value, request) => this.key(value, request as StepRequest),
    'export-role': (value, request) => {
      const { account } = (request as StepRequest).step.scope;
      const roles = this.dependencies.fleet.buckets.map((one) => one.export.role);
      if (!roles.includes(textOf(value)) || accountOfArn(textOf(value)) !== account)
        throw new Refusal(`is ${shown(value)}, with which nothing is exported in ${account}`, 'vaults.*.export.role');
    },
    'own-role': (value, request) => {
      const { account } = (request as StepRequest).step.scope;
      if (accountOfArn(textOf(value)) !== account)
        throw new Refusal(`is ${shown(value)}, a role of another account than ${account}`, 'restore.targets');
    },
    'shared-with': (value, request) => this.sharedWith(value, request as StepRequest),
    'vault-account': (value) => {
      if (!this.names.vaultAccounts.has(textOf(value)))
        throw new Refusal(`is ${shown(value)}, which keeps no copies`, 'vaults');
    },
    connect: (value) => {
      if (value === null || value === undefined) return;
      this.oneOf(
        value,
        this.dependencies.fleet.tiers.map(({ connect }) => connect),
        'as no tier connects',
        'tiers.*.connect',
      );
    },
  };

  private get drills() {
    return this.dependencies.fleet.tiers.flatMap(({ drills }) => drills);
  }

  private isSource(account: string): Promise<boolean> {
    return this.sources.has((one) => one.account === account);
  }

  /**
   * @param restores whether it may also lie where restores lead to, and on their way there
   * @param home the account of the resource that is restored; undefined: any
   */
  private async scope(value: unknown, { restores = false, home }: { restores?: boolean; home?: string | undefined }) {
    const { account, region, access } = scopeOf(value);
    const { names } = this;
    const refused = (section: string) => new Refusal(`is ${account}/${region} for the ${access} role`, section);
    switch (access) {
      case 'vault':
        if (names.vaultAccounts.has(account) && names.isRegion(region)) return;
        throw refused('vaults');
      case 'source': {
        const isMeant = (one: FleetScope) =>
          one.account === account && (one.region === region || (restores && names.isRegion(region)));
        if (await this.sources.has(isMeant)) return;
        throw refused('accounts');
      }
      case 'lender':
        if (restores && names.lenders.has(account) && names.isRegion(region)) return;
        throw refused('vaults');
      case 'restore':
        if (restores && names.targetRegions(account).has(region)) return;
        if (restores && names.isRegion(region) && (home ?? account) === account && (await this.isSource(account)))
          return;
        throw refused('restore.targets');
      case 'state':
        throw refused('state');
      case 'marker':
      case 'pruner':
        throw refused('roles');
    }
  }

  private async home(value: unknown): Promise<void> {
    const { account, region } = placeOf(value);
    if (await this.sources.has((one) => one.account === account && one.region === region)) return;
    throw new Refusal(`is ${account}/${region}, whose resources are not protected`, 'accounts');
  }

  private async resource(value: unknown): Promise<void> {
    await this.home(value);
    this.named(value);
  }

  /** It is what its ARN says. */
  private named(value: unknown): void {
    const { kind, account, region, id, arn } = value as ResourceRef;
    const { kinds } = this.dependencies.fleet;
    const named = kinds.has(kind) ? kinds.get(kind).ofArn(textOf(arn)) : null;
    if (named?.account !== account || named?.region !== region || named?.id !== id)
      throw new Refusal(`is ${shown(arn)}, which is not ${kind} ${id} of ${account}/${region}`, 'select');
  }

  private async copy(value: unknown): Promise<void> {
    const { account, region } = placeOf(value);
    const { names } = this;
    const { arn } = value as { readonly arn?: unknown };
    const isPlace =
      names.isRegion(region) &&
      (names.vaultAccounts.has(account) || names.targetRegions(account).size > 0 || (await this.isSource(account)));
    if (!isPlace)
      throw new Refusal(
        `lies in ${account}/${region}, where nothing of the fleet lies`,
        'accounts, vaults or restore.targets',
      );
    if (arn === '') return;
    const url = bucketOf(textOf(arn));
    if (url !== null) {
      if (names.isInBucket(url)) return;
      throw new Refusal(`is ${shown(arn)}, which lies in no bucket of the fleet`, 'vaults');
    }
    const [, , , itsRegion, itsAccount] = textOf(arn).split(':');
    if (itsRegion !== region || itsAccount !== account)
      throw new Refusal(`is ${shown(arn)}, which does not lie in ${account}/${region}`, 'accounts or vaults');
  }

  private key(value: unknown, { step: { scope }, ownership }: StepRequest): void {
    if (value === null || value === undefined) return;
    const { fleet } = this.dependencies;
    const { account, access } = scope;
    const ofVaults = [
      ...fleet.vaults.filter((one) => one.account === account).map(({ key }) => key),
      ...fleet.buckets.filter(({ export: { role } }) => accountOfArn(role) === account).map((one) => one.export.key),
    ];
    const isNamed = access === 'vault' ? ofVaults.includes(textOf(value)) : value === fleet.shareableKey;
    // A restore may end under any key of the account that it leads to: what is of that account is its owner's to choose. An alias
    // is looked for in the account that asks.
    const owner = accountOfArn(textOf(value));
    const isOwn = access !== 'vault' && ownership !== null && (owner === null || owner === account);
    if (!isNamed && !isOwn)
      throw new Refusal(
        `is ${shown(value)}, which is no key for copies in ${account}`,
        access === 'vault' ? 'vaults.*.key' : 'shareableKey',
      );
  }

  private async sharedWith(value: unknown, { identity, ownership }: StepRequest): Promise<void> {
    const account = textOf(value);
    if (this.names.lenders.has(account)) return;
    if (ownership !== null) {
      if (this.names.targetRegions(account).size > 0) return;
      if (account === identity.resource.account && (await this.isSource(account))) return;
    }
    throw new Refusal(
      `is ${shown(value)}, with whom nothing is shared`,
      ownership === null ? 'vaults' : 'restore.targets',
    );
  }

  private async input(request: StepRequest, isHeld: (meaning: NamedInInput) => boolean): Promise<void> {
    const { names, input } = this.dependencies.inputOf(request);
    for (const [path, meaning] of Object.entries(names)) {
      if (!isHeld(meaning)) continue;
      for (const { at, value } of fieldsAt(input, path))
        try {
          await this.hold(meaning, value, request);
        } catch (error) {
          throw error instanceof Refusal ? new Refusal(`has ${at} that ${error.what}`, error.section) : error;
        }
    }
  }

  private lock(value: unknown, target: unknown): void {
    const vault = this.names.vaultBucket(textOf(target));
    const { mode, until } = (value ?? {}) as { readonly mode?: unknown; readonly until?: unknown };
    const latest = this.dependencies.now() + (vault?.lock?.days ?? 0) * 24 * 3600_000 + lockSlackMilliseconds;
    const isAsNamed =
      (vault?.lock?.mode ?? undefined) === mode && (mode === undefined || Date.parse(textOf(until)) <= latest);
    if (!isAsNamed) throw new Refusal(`is ${shown(value)}, as the vault is not locked`, 'vaults.*.lock');
  }

  private server(value: unknown): void {
    const { url, secret } = (value ?? {}) as { readonly url?: unknown; readonly secret?: unknown };
    if (
      !this.names.isServer({
        url: textOf(url),
        secret: secret === undefined || secret === null ? null : textOf(secret),
      })
    )
      throw new Refusal(`is ${shown(value)}, which is no server of the fleet`, 'restore.targets');
  }

  private drilledDatabase(value: unknown): void {
    if (!isObject(value)) throw malformed(value);
    if (value.type !== 'aws') return this.server(value);
    const place = placeOf(value);
    if (!this.names.isDrilledIn(place))
      throw new Refusal(`is in ${place.account}/${place.region}, where no drill restores to`, 'tiers.*.drills');
    if (value.id !== undefined && !drillIdentifierPattern.test(textOf(value.id)))
      throw new Refusal(`is ${shown(value.id)}, which no drill calls what it restores`, 'tiers.*.drills');
    this.oneOf(
      value.access,
      this.dependencies.fleet.tiers.map(({ connect }) => connect),
      'as no tier connects',
      'tiers.*.connect',
    );
  }

  private swept(value: unknown): void {
    if (!isObject(value)) throw malformed(value);
    switch (value.type) {
      case 'scratch-server':
      case 'scratch-database':
        this.server(value);
        if (value.type === 'scratch-database') void this.rules['scratch-name'](value.name, value);
        return;
      case 'scratch-account':
      case 'thing': {
        const scope = scopeOf(value.scope);
        if (scope.access === 'restore' && this.names.isDrilledIn(scope)) return;
        throw new Refusal(`is in ${scope.account}/${scope.region}, where no drill restores to`, 'tiers.*.drills');
      }
      case 'copies':
      case 'copy':
      case 'share':
        scopeOf(value.scope);
        return;
      case 'restores':
        return;
      default:
        throw malformed(value);
    }
  }

  /** What travels by value must be, whole, what the fleet file has. */
  private oneOf(value: unknown, all: readonly unknown[], what: string, section: string): void {
    const wanted = canonical(value);
    if (!all.some((one) => canonical(one) === wanted)) throw new Refusal(`is ${shown(value)}, ${what}`, section);
  }
}

/** Not what belongs there at all. */
export class Malformed extends Error {}

function malformed(value: unknown): Malformed {
  return new Malformed(`is ${shown(value)}, which is nothing that belongs there`);
}

function textOf(value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw malformed(value);
}

function placeOf(value: unknown): FleetScope {
  if (!isObject(value)) throw malformed(value);
  return { account: textOf(value.account), region: textOf(value.region) };
}

const accesses: readonly Access[] = ['source', 'vault', 'lender', 'restore'];

function scopeOf(value: unknown): Scope {
  const place = placeOf(value);
  const { access } = value as { readonly access?: unknown };
  if (!accesses.includes(access as Access)) throw malformed(value);
  return { ...place, access: access as Access };
}

function bucketOf(arn: string): string | null {
  return arn.startsWith('arn:') || parseBucketUrl(arn) === null ? null : arn;
}

const shownCharacters = 200;

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'missing');
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text;
}
