import { accountOfArn } from '../../core/arn';
import { applicationFailure } from '../../core/applicationFailure';
import { type Fleet, FleetNames } from '../../config';
import { suggestion } from '../../config/reading/suggestion';
import { catalogued, type CataloguedCopy, resourceOf } from '../../core/catalogue/catalogue';
import { copyTags, type Scope, sourcePlace } from '../../core/catalogue/copy';
import { type RecoveryBundle } from '../../core/catalogue/recoveryBundle';
import { failureTypes } from '../../core/failure';
import { inParallel } from '../../core/inParallel';
import { type Kinds, storedId } from '../../core/kind';
import { resourcePath, type ResourceRef } from '../../core/resource';
import { signaturesOf } from '../../core/catalogue/signatures';
import { chooseCopies, lenderOf } from '../../core/restore/chooseCopies';
import { type ConfigurationSource, type RestorePlan } from '../../core/restore/restorePlan';
import { parseRestoreRequest, type RestoreRequest } from '../../core/restore/restoreRequest';
import { type Json } from '../../core/steps/step';
import { type ConnectedKinds } from '../../kinds/kind';
import { namedScopes, vaultScopes } from '../catalogue/fleetScopes';
import { type FleetScope } from '../../core/fleetScope';
import { type Ownership } from './restoreContracts';

export interface RestorePlanningDependencies {
  readonly fleet: Fleet;
  readonly kinds: ConnectedKinds;
  /** Every account and region whose resources are protected. */
  readonly scopes: (signal?: AbortSignal) => Promise<readonly FleetScope[]>;
  /** The recovery bundle in the fleet's buckets, null where there is none; `signed` as the copies' tag has it. */
  readonly readBundle: (
    resource: ResourceRef,
    scheduledTime: string,
    signed: string | null,
    signal?: AbortSignal,
  ) => Promise<RecoveryBundle | null>;
}

const width = 16;
/** Of copies that are not believed, so many are named. */
const mostDoubted = 3;

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
  const { fleet, kinds } = dependencies;
  const asked = parseRestoreRequest(input);
  const request = { ...asked, resource: fleet.kinds.spelledOut(asked.resource) };
  const bucket = fleet.buckets.find(({ name }) => name === request.from);
  if (bucket !== undefined)
    throw applicationFailure(
      failureTypes.invalidInput,
      `from: ${bucket.name} is a bucket (${bucket.bucket}), and no service restores what lies there; load it into PostgreSQL, see docs/restore.md#when-aws-is-gone`,
    );
  const ofKinds = kindsNamed(request.resource, fleet.kinds);
  const [only] = ofKinds;
  // Nothing needs to be looked for that nothing could be made of.
  if (only !== undefined && ofKinds.length === 1) kinds.restoreOf(only);
  const { resource, copies, doubted, problems } = await findCopies(dependencies, request, signal);
  const ability = kinds.restoreOf(resource.kind);
  const target = targetOf(request, resource);
  requireTarget(fleet, request, target, resource);
  const copy = nearestOf({ copies, doubted, problems }, request, target);
  const id = request.as ?? resource.id;
  const { configuration, from, unknown } = await configurationOf(dependencies, resource, copies, copy, signal);
  const planned = await ability
    .plan(
      {
        fleet: fleet.name,
        resource,
        copy,
        target,
        id,
        options: { ...(request.drill === undefined ? {} : ability.scratchOptions), ...request.options },
        tags: request.tags ?? {},
        drill: request.drill ?? null,
        ownership,
        configuration,
        keys: keysOf(fleet, request, copy, target),
        vaultAccounts: fleet.vaults.map(({ account }) => account),
        limits: fleet.limits,
      },
      signal,
    )
    .catch((error: unknown) => {
      if (unknown === null || from !== 'none' || !isRefusal(error)) throw error;
      throw applicationFailure(failureTypes.invalidInput, `${error.message} (${unknown})`);
    });
  const differences = [
    ...problems.map((problem) => `copies that may lie there were not looked at: ${problem}`),
    ...doubted.slice(0, mostDoubted).map(({ copy: { arn }, doubt }) => `left aside: ${arn}: ${doubt ?? ''}`),
    ...(doubted.length > mostDoubted ? [`left aside: ${doubted.length - mostDoubted} more`] : []),
    ...(copy.place === sourcePlace
      ? request.from === sourcePlace
        ? [`the copy in ${sourcePlace} is proven by nothing but its own account`]
        : []
      : copy.verified === null
        ? [`the copy in ${copy.place} was never verified`]
        : []),
    ...(from === 'live'
      ? [`set up as ${resource.id} is now: there is no recovery bundle of ${copy.scheduledTime}`]
      : []),
    ...(unknown === null ? [] : [unknown]),
    ...planned.differences,
  ];
  const { kind, account, region, id: copyId, arn, keyArn, sizeGiB } = copy.copy;
  return {
    ...planned,
    version: 1,
    fleet: fleet.name,
    tier: copy.tier,
    resource,
    recoveryPoint: copy.recoveryPoint,
    scheduledTime: copy.scheduledTime,
    source: {
      ...{ kind, account, region, id: copyId, arn, keyArn, sizeGiB, place: copy.place },
      dataTime: copy.dataTime ?? copy.scheduledTime,
      verifiedAt: copy.verified?.split(' ')[1] ?? '',
    },
    target,
    id,
    configurationFrom: from,
    differences,
    polling: fleet.polling,
    ...(fleet.state === null ? {} : { ledger: true }),
  };
}

/** The kinds that a name tells of: an ARN, or a whole path. None: it may be of any. */
function kindsNamed(name: string, kinds: Kinds): readonly string[] {
  if (name.startsWith('arn:')) return kinds.ofArn(name).map(({ kind }) => kind);
  const [kind = '', ...rest] = name.split('/');
  return rest.length === 3 && kinds.has(kind) ? [kind] : [];
}

function targetOf({ to }: RestoreRequest, resource: ResourceRef): Scope {
  const [account = resource.account, region = resource.region] = to?.split('/') ?? [];
  return { account, region, access: 'restore' };
}

/** A restore hands out what lies in vaults: the fleet file says to whom. */
function requireTarget(
  fleet: Fleet,
  { drill, key }: RestoreRequest,
  target: Scope,
  { account: home }: ResourceRef,
): void {
  const names = new FleetNames(fleet);
  const { account, region } = target;
  const isNamed = drill === undefined ? names.restoresInto(target, home) : names.isDrilledIn(target);
  if (!isNamed)
    throw applicationFailure(
      failureTypes.configuration,
      drill === undefined
        ? `to: the fleet file of ${fleet.name} does not let anything of ${home} be restored into ${account}/${region}; add {account: "${account}", regions: [${region}]} to restore.targets, and restart the workers`
        : `to: no drill of the fleet file of ${fleet.name} restores into ${account}/${region}`,
    );
  const keyOwner = key === undefined ? null : accountOfArn(key);
  if (keyOwner !== null && keyOwner !== account)
    throw applicationFailure(failureTypes.invalidInput, `key: ${key} is no key of ${account}, where it would be used`);
}

function keysOf(fleet: Fleet, { key }: RestoreRequest, { place }: CataloguedCopy, target: Scope) {
  const ofVault = fleet.vaults.find(({ name }) => name === place)?.key ?? null;
  return {
    asked: key ?? null,
    ofTarget: fleet.vaults.find(({ account }) => account === target.account)?.key ?? null,
    // A key that belongs to one region only is of no use in another.
    ofCopy: lenderOf(place) === 'source' ? fleet.shareableKey : ofVault?.startsWith('arn:') ? null : ofVault,
    shareable: fleet.shareableKey,
  };
}

const isRefusal = (error: unknown): error is Error & { readonly type: string } =>
  error instanceof Error && 'type' in error;

interface FoundCopies {
  readonly resource: ResourceRef;
  readonly copies: readonly CataloguedCopy[];
  /** Copies that claim to be of it, and are not believed. */
  readonly doubted: readonly CataloguedCopy[];
  /** Places that could not be looked at. */
  readonly problems: readonly string[];
}

/** The copies of what is named: first in the vaults, which outlive everything else, then in its own account. */
export async function findCopies(
  { fleet, kinds, scopes }: RestorePlanningDependencies,
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
      // An account may have no business with a kind, and no permission: what it has of others is found all the same.
      for (const { copies, description } of kinds.all)
        try {
          for await (const page of copies?.list(scope, signal) ?? [])
            for (const copy of page)
              if (copy.tags[copyTags.fleet] === fleet.name) found.push(catalogued(copy, scope.access, fleet));
        } catch (error) {
          signal?.throwIfAborted();
          problems.push(`${description.name} in ${scope.account}/${scope.region}: ${(error as Error).message}`);
        }
      return found;
    }).then((all) => all.flat());

  const listed = await list(vaultScopes(fleet, sources));
  const inVaults = listed.filter(({ doubt }) => doubt === null);
  const resourcesOf = (copies: readonly CataloguedCopy[]) => {
    const found = copies.flatMap((copy) => resourceOf(copy, fleet.kinds) ?? []);
    return [...new Map(found.map((one) => [resourcePath(one), one])).values()];
  };
  const matching = (copies: readonly CataloguedCopy[]) => copies.filter((copy) => isOf(copy, name, fleet.kinds));
  const named = resourcesOf(matching(inVaults));
  const homes: Scope[] = sources
    .filter(
      ({ account, region }) =>
        named.length === 0 || named.some((one) => one.account === account && one.region === region),
    )
    .map((scope) => ({ ...scope, access: 'source' }));
  const atHome = matching(await list(homes));
  const all = once([...matching(inVaults), ...atHome.filter(({ doubt }) => doubt === null)]);
  const doubted = once([...matching(listed), ...atHome]).filter(
    ({ doubt, copy: { arn } }) => doubt !== null && !all.some(({ copy }) => copy.arn === arn),
  );
  const resources = resourcesOf(all);
  const [only] = resources;
  const unread = problems.length === 0 ? '' : ` (could not be read: ${problems.join('; ')})`;
  if (only === undefined) {
    const known = resourcesOf(inVaults).map(({ id }) => id);
    const near = suggestion(name, [...new Set(known)]);
    const [first] = doubted;
    const left = first === undefined ? '' : `; not believed: ${first.copy.arn}: ${first.doubt ?? ''}`;
    throw applicationFailure(
      failureTypes.notFound,
      `${name}: no copy of it in the accounts of fleet ${fleet.name}${near === undefined ? '' : ` (${near})`}${left}${unread}`,
    );
  }
  if (resources.length > 1)
    throw applicationFailure(
      failureTypes.invalidInput,
      `${name}: there are copies of ${resources.length} of that name, give one of ${resources.map(resourcePath).join(', ')}`,
    );
  return { resource: only, copies: all, doubted, problems };
}

/** An account may be a vault and have resources of its own: it is listed by both roles. */
function once(copies: readonly CataloguedCopy[]): CataloguedCopy[] {
  return [...new Map(copies.map((copy) => [copy.copy.arn, copy])).values()];
}

/** @throws ApplicationFailure `NotFound` telling what there is, and where nobody could look. */
export function nearestOf(
  { copies, doubted, problems }: Pick<FoundCopies, 'copies' | 'doubted' | 'problems'>,
  asked: Parameters<typeof chooseCopies>[1],
  target: Parameters<typeof chooseCopies>[2],
): CataloguedCopy {
  try {
    const [copy] = chooseCopies([...copies, ...doubted], asked, target);
    if (copy !== undefined) return copy;
  } catch (error) {
    if (error instanceof Error && problems.length > 0)
      error.message = `${error.message} (could not be read: ${problems.join('; ')})`;
    throw error;
  }
  throw applicationFailure(failureTypes.notFound, 'there is no copy to restore');
}

/** Whether a copy is of what was named: by ARN, or by the whole or the end of its path. */
function isOf(copy: CataloguedCopy, name: string, kinds: Kinds): boolean {
  const resource = resourceOf(copy, kinds);
  if (resource === null) return false;
  return (
    copy.resource === name || `/${resourcePath(resource)}`.endsWith(`/${storedId(kinds.get(resource.kind), name)}`)
  );
}

/** How the old one was set up: by the bundle of that moment, else as it is now, if it is still there. */
async function configurationOf(
  { kinds, readBundle }: RestorePlanningDependencies,
  resource: ResourceRef,
  copies: readonly CataloguedCopy[],
  { recoveryPoint, scheduledTime }: CataloguedCopy,
  signal: AbortSignal | undefined,
): Promise<{
  readonly configuration: Json | null;
  readonly from: ConfigurationSource;
  /** Why it is not known, or not by the bundle. */
  readonly unknown: string | null;
}> {
  const reasons: string[] = [];
  // Whoever owns the source can sign anything there.
  const signatures = signaturesOf(copies).get(recoveryPoint)?.bundles ?? [];
  const signed = signatures.length === 0 ? null : signatures.join(' ');
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
  if (bundle !== null)
    return {
      configuration: bundle.configuration,
      from: 'recovery-bundle',
      unknown:
        signed === null
          ? `its recovery bundle is proven by nothing: no copy of ${scheduledTime} in a vault is signed with it`
          : null,
    };
  const scope: Scope = { account: resource.account, region: resource.region, access: 'source' };
  const live = await attempt(resource.id, () => kinds.restoreOf(resource.kind).configuration(resource, scope, signal));
  if (live !== null) return { configuration: live, from: 'live', unknown: reasons[0] ?? null };
  return { configuration: null, from: 'none', unknown: `how it was set up is not known: ${reasons.join('; ')}` };
}
