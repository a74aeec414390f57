import { ApplicationFailure } from '@temporalio/common';
import { type Fleet } from '../../config';
import { suggestion } from '../../config/suggestion';
import { applicationFailure } from '../../core/applicationFailure';
import { catalogued, type CataloguedCopy, resourceOfArn } from '../../core/catalogue/catalogue';
import { copyTags, type Scope } from '../../core/catalogue/copy';
import { failureTypes } from '../../core/failure';
import { inParallel } from '../../core/inParallel';
import { type DatabaseConfiguration, type RecoveryBundle } from '../../core/catalogue/recoveryBundle';
import { resourceKinds, resourcePath, type ResourceRef } from '../../core/resource';
import { chooseCopies, planRestorePath } from '../../core/restore/restorePath';
import { isOwned, restoreTags } from '../../core/restore/restoreOwnership';
import {
  lenderOf,
  type ConfigurationSource,
  otherNames,
  planDatabase,
  type RestorePlan,
  wantedNames,
} from '../../core/restore/restorePlan';
import { parseRestoreRequest, type RestoreRequest } from '../../core/restore/restoreRequest';
import { type ResourceProvider, type ConnectedKinds } from '../../kinds/resourceProvider';
import { type Ownership } from './restoreContracts';
import { namedScopes, vaultScopes } from '../catalogue/fleetScopes';
import { type FleetScope } from '../contracts';

export interface RestorePlanningDependencies {
  readonly fleet: Fleet;
  readonly providers: ConnectedKinds;
  /** Every account and region whose resources are protected. */
  readonly scopes: (signal?: AbortSignal) => Promise<readonly FleetScope[]>;
  /** ARN of the key an id, alias or ARN names in a scope. */
  readonly keyArn: (scope: Scope, key: string) => Promise<string>;
  /** The recovery bundle in the fleet's buckets, null where there is none; `signed` as the copies' tag has it. */
  readonly readBundle: (
    resource: ResourceRef,
    scheduledTime: string,
    signed: string | null,
    signal?: AbortSignal,
  ) => Promise<RecoveryBundle | null>;
}

const width = 16;

/** The default key that every account has for RDS. */
const defaultKey = 'alias/aws/rds';

/**
 * Everything that a restore will do, planned from what the clouds tell: nothing is created. What Temporal has forgotten, and
 * what its own account has lost, is found in the vaults.
 *
 * @param input what someone has written, see core/restore/restoreRequest.ts
 * @param ownership the tags of this restore: what carries them already is no obstacle
 * @throws ApplicationFailure `InvalidInput`, `NotFound`, `Conflict` (a taken name) or `Configuration`, each telling what to do.
 */
export async function planRestore(
  dependencies: RestorePlanningDependencies,
  input: unknown,
  ownership: Ownership,
  signal?: AbortSignal,
): Promise<RestorePlan> {
  const { fleet, providers, keyArn } = dependencies;
  const request = parseRestoreRequest(input);
  const bucket = fleet.buckets.find(({ name }) => name === request.from);
  if (bucket !== undefined)
    throw applicationFailure(
      failureTypes.invalidInput,
      `from: ${bucket.name} is a bucket (${bucket.bucket}), and RDS makes no database of what lies there; load it into PostgreSQL, see docs/restore.md#when-aws-is-gone`,
    );
  const { resource, copies, problems } = await findCopies(dependencies, request, signal);
  const provider = providers.of(resource.kind);
  const target = targetOf(request, resource);
  const [copy] = chooseCopies(copies, request, target);
  if (copy === undefined)
    throw applicationFailure(failureTypes.notFound, `${resource.arn}: there is no copy to restore`);
  const id = request.as ?? resource.id;
  const { configuration, from, unknown } = await configurationOf(dependencies, resource, copies, copy, signal);

  const targetKey = request.key ?? keyFor(fleet, resource, target, configuration);
  const copyScope: Scope = {
    account: copy.copy.account,
    region: copy.copy.region,
    access: lenderOf(copy.place),
  };
  const encryption =
    copyScope.access !== 'source' || copyScope.account === target.account
      ? null
      : await provider.encryption({ keyArn: copy.copy.keyArn }, copyScope);
  const path = planRestorePath({
    fleet: fleet.name,
    resource,
    copy,
    target,
    id,
    underDefaultKey: encryption?.type === 'default',
    capabilities: provider.capabilities,
    restoresShared: provider.restore.restoresShared,
    copyKey: copyScope.access === 'source' ? fleet.shareableKey : vaultKey(fleet, copy.place),
    targetKey,
    keyAsked: request.key !== undefined,
    vaultAccounts: fleet.vaults.map(({ account }) => account),
  });
  // A key that is not there is told now, not after an hour of copying.
  for (const { scope, key } of path.legs) if (key !== null) await keyArn(scope, key);
  if (path.key !== null) await keyArn(target, path.key);

  const wanted = wantedNames(resource, id, request, configuration);
  const found = await provider.restore.surroundings(wanted, target, signal);
  const taken = found.taken.filter(({ tags }) => !isOwned(tags, ownership));
  if (taken.length > 0) throw await nameTaken(provider, taken, id, resource, request, configuration, target, signal);

  let database;
  try {
    database = planDatabase({ resource, target, id, key: path.key, request, configuration, found });
  } catch (error) {
    if (unknown === null || from !== 'none' || !(error instanceof ApplicationFailure)) throw error;
    throw applicationFailure(failureTypes.invalidInput, `${error.message} (${unknown})`);
  }
  const differences = [
    ...problems.map((problem) => `copies that may lie there were not looked at: ${problem}`),
    ...(copy.verified === null ? [`the copy in ${copy.place} was never verified`] : []),
    ...(from === 'live'
      ? [`set up as ${resource.id} is now: there is no recovery bundle of ${copy.scheduledTime}`]
      : []),
    ...(unknown === null ? [] : [unknown]),
    ...database.differences,
  ];
  const { settings } = database;
  return {
    version: 1,
    fleet: fleet.name,
    tier: copy.tier,
    resource,
    recoveryPoint: copy.recoveryPoint,
    scheduledTime: copy.scheduledTime,
    source: {
      kind: resource.kind,
      account: copy.copy.account,
      region: copy.copy.region,
      id: copy.copy.id,
      arn: copy.copy.arn,
      place: copy.place,
      keyArn: copy.copy.keyArn,
      sizeGiB: copy.copy.sizeGiB,
      dataTime: copy.dataTime ?? copy.scheduledTime,
      verifiedAt: copy.verified?.split(' ')[1] ?? '',
    },
    target,
    id,
    path: path.legs,
    ...database,
    settings: { ...settings, tags: { ...settings.tags, [restoreTags.recoveryPoint]: copy.recoveryPoint } },
    configurationFrom: from,
    differences,
    polling: fleet.polling,
    limits: fleet.limits,
  };
}

function targetOf({ to }: RestoreRequest, resource: ResourceRef): Scope {
  const [account = resource.account, region = resource.region] = to?.split('/') ?? [];
  return { account, region, access: 'restore' };
}

/** The key that a database is put under where it cannot keep its snapshot's. */
function keyFor(
  fleet: Fleet,
  resource: ResourceRef,
  target: Scope,
  configuration: DatabaseConfiguration | null,
): string {
  const vault = fleet.vaults.find(({ account }) => account === target.account);
  if (vault !== undefined && !vault.key.startsWith('arn:')) return vault.key;
  const isHome = resource.account === target.account && resource.region === target.region;
  if (isHome && configuration?.keyArn) return configuration.keyArn;
  return (resource.account === target.account ? fleet.shareableKey : null) ?? defaultKey;
}

/** A key that belongs to one region only is of no use in another. */
function vaultKey(fleet: Fleet, place: string): string | null {
  const key = fleet.vaults.find(({ name }) => name === place)?.key;
  return key === undefined || key.startsWith('arn:') ? null : key;
}

interface FoundCopies {
  readonly resource: ResourceRef;
  readonly copies: readonly CataloguedCopy[];
  /** Places that could not be looked at. */
  readonly problems: readonly string[];
}

/** The copies of what is named: first in the vaults, which outlive everything else, then in its own account. */
export async function findCopies(
  { fleet, providers, scopes }: RestorePlanningDependencies,
  { resource: name }: Pick<RestoreRequest, 'resource'>,
  signal: AbortSignal | undefined,
): Promise<FoundCopies> {
  const problems: string[] = [];
  const sources = await scopes(signal).catch((error: unknown) => {
    signal?.throwIfAborted();
    problems.push((error as Error).message);
    return namedScopes(fleet);
  });
  const list = (places: readonly Scope[]) =>
    inParallel(places, width, async (scope) => {
      const found: CataloguedCopy[] = [];
      try {
        for (const kind of resourceKinds)
          for await (const page of providers.of(kind).listCopies(scope, signal))
            for (const copy of page) if (copy.tags[copyTags.fleet] === fleet.name) found.push(catalogued(copy));
      } catch (error) {
        signal?.throwIfAborted();
        problems.push(`${scope.account}/${scope.region}: ${(error as Error).message}`);
      }
      return found;
    }).then((all) => all.flat());

  const inVaults = await list(vaultScopes(fleet, sources));
  const matching = (copies: readonly CataloguedCopy[]) => copies.filter((copy) => isOf(copy, name));
  const named = [...new Set(matching(inVaults).map(({ resource }) => resource))].flatMap(
    (arn) => resourceOfArn(arn) ?? [],
  );
  const homes: Scope[] = sources
    .filter(
      ({ account, region }) =>
        named.length === 0 || named.some((one) => one.account === account && one.region === region),
    )
    .map((scope) => ({ ...scope, access: 'source' }));
  const all = [...matching(inVaults), ...matching(await list(homes))];
  const resources = [...new Set(all.map(({ resource }) => resource))].flatMap((arn) => resourceOfArn(arn) ?? []);
  const [only] = resources;
  const unread = problems.length === 0 ? '' : ` (could not be read: ${problems.join('; ')})`;
  if (only === undefined) {
    const known = inVaults.flatMap(({ resource }) => resourceOfArn(resource)?.id ?? []);
    const near = suggestion(name, [...new Set(known)]);
    throw applicationFailure(
      failureTypes.notFound,
      `${name}: no copy of it in the accounts of fleet ${fleet.name}${near === undefined ? '' : ` (${near})`}${unread}`,
    );
  }
  if (resources.length > 1)
    throw applicationFailure(
      failureTypes.invalidInput,
      `${name}: there are copies of ${resources.length} of that name, give one of ${resources.map(resourcePath).join(', ')}`,
    );
  return { resource: only, copies: all, problems };
}

/** Whether a copy is of what was named: by ARN, or by the whole or the end of its path. */
function isOf({ resource: arn }: CataloguedCopy, name: string): boolean {
  const resource = resourceOfArn(arn);
  return resource !== null && (arn === name || `/${resourcePath(resource)}`.endsWith(`/${name.toLowerCase()}`));
}

/** How the old database was set up: by the bundle of that moment, else as it is now, if it is still there. */
async function configurationOf(
  { providers, readBundle }: RestorePlanningDependencies,
  resource: ResourceRef,
  copies: readonly CataloguedCopy[],
  { recoveryPoint, scheduledTime }: CataloguedCopy,
  signal: AbortSignal | undefined,
): Promise<{
  readonly configuration: DatabaseConfiguration | null;
  readonly from: ConfigurationSource;
  /** Why it is not known, or not by the bundle. */
  readonly unknown: string | null;
}> {
  const reasons: string[] = [];
  // The snapshot at the source and copies on their way are not signed, those in the vaults are.
  const [signed = null] = copies.flatMap((one) =>
    one.recoveryPoint === recoveryPoint ? (one.copy.tags[copyTags.bundle] ?? []) : [],
  );
  const attempt = async <T>(what: string, work: () => Promise<T>): Promise<T | null> => {
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      reasons.push(`${what}: ${(error as Error).message}`);
      return null;
    }
  };
  const bundle = await attempt('recovery bundle', () => readBundle(resource, scheduledTime, signed, signal));
  if (bundle !== null) return { configuration: bundle.configuration, from: 'recovery-bundle', unknown: null };
  const scope: Scope = { account: resource.account, region: resource.region, access: 'source' };
  const live = await attempt(resource.id, () => providers.of(resource.kind).restore.describe(resource, scope, signal));
  if (live !== null) return { configuration: live, from: 'live', unknown: reasons[0] ?? null };
  return { configuration: null, from: 'none', unknown: `how it was set up is not known: ${reasons.join('; ')}` };
}

async function nameTaken(
  { restore }: ResourceProvider,
  taken: readonly { readonly id: string; readonly arn: string; readonly tags: Readonly<Record<string, string>> }[],
  id: string,
  resource: ResourceRef,
  request: RestoreRequest,
  configuration: DatabaseConfiguration | null,
  target: Scope,
  signal: AbortSignal | undefined,
) {
  const [first] = taken;
  const restoredBy = first?.tags[restoreTags.restore];
  const whose = restoredBy === undefined ? '' : `, made by ${restoredBy}`;
  let free: string | undefined;
  for (const name of otherNames(id)) {
    const wanted = wantedNames(resource, name, request, configuration);
    const names = { ...wanted, subnetGroup: null, securityGroups: [], parameterGroups: [], optionGroup: null };
    if ((await restore.surroundings(names, target, signal)).taken.length > 0) continue;
    free = name;
    break;
  }
  return applicationFailure(
    failureTypes.conflict,
    `${first?.id ?? id} is taken in ${target.account}/${target.region} (${first?.arn ?? ''}${whose}), and nothing is overwritten: choose another identifier${free === undefined ? '' : `, for example --as ${free}`}`,
  );
}
