import { type ApplicationFailure } from '@temporalio/common';
import { applicationFailure } from '../../../core/applicationFailure';
import { type Scope } from '../../../core/catalogue/copy';
import { failureTypes } from '../../../core/failure';
import { lenderOf } from '../../../core/restore/chooseCopies';
import { isOwned, restoreTags } from '../../../core/restore/restoreOwnership';
import { type RestoredThing, type RestoreLine } from '../../../core/restore/restorePlan';
import { checkOptions } from '../../../core/restore/restoreRequest';
import { type ResourceRef, type SourceEncryption } from '../../../core/resource';
import { type Json, type Step } from '../../../core/steps/step';
import { type RestoreAbility, type RestoreCircumstances } from '../../kind';
import { planRestorePath } from '../../steps/planRestorePath';
import { type SnapshotRouteRules } from '../../steps/planSnapshotRoute';
import { type DatabaseConfiguration, type DatabaseShape } from '../databaseConfiguration';
import { type DatabaseCircumstances, type DatabasePlan, otherNames, planDatabase, wantedNames } from './planDatabase';
import { type RestoreOperations } from './restoreOperations';
import { type RdsRestoreOptions, rdsRestoreOptions, scratchOptions } from './restoreOptions';
import { databaseSteps } from './restoreSteps';

export interface RdsRestoreDependencies {
  readonly shape: DatabaseShape;
  readonly rules: SnapshotRouteRules;
  readonly operations: RestoreOperations;
  readonly encryption: (of: { readonly keyArn: string | null }, scope: Scope) => Promise<SourceEncryption>;
  /** ARN of the key an id, alias or ARN names in a scope. */
  readonly keyArn: (scope: Scope, key: string) => Promise<string>;
  /** Throws where what is under the lender's key could not be read by whoever restores in the other account. */
  readonly requireLoan: (lender: Scope, key: string, borrower: Scope, signal?: AbortSignal) => Promise<void>;
}

/** The default key that every account has for RDS. */
const defaultKey = 'alias/aws/rds';
/** At most 63 letters, digits and single hyphens (CreateDBCluster, DBClusterIdentifier). */
const identifier = /^[a-z](?:[a-z0-9]|-(?!-|$)){0,62}$/;

/** Restores of databases: a copy on its way where one is needed, then the database as it was set up. */
export function rdsRestoreAbility(dependencies: RdsRestoreDependencies): RestoreAbility {
  const { shape, operations } = dependencies;
  return {
    scratchOptions: scratchOptions(shape),
    preflight: ({ subnetGroup }) =>
      typeof subnetGroup === 'string'
        ? [
            {
              what: `subnet group ${subnetGroup}`,
              look: (scope, signal) => operations.requireSubnetGroup(subnetGroup, scope, signal),
            },
          ]
        : [],
    configuration: async (resource, scope, signal) =>
      (await operations.describe(resource, scope, signal)) as unknown as Json,
    plan: (circumstances, signal) => planRestored(dependencies, circumstances, signal),
  };
}

async function planRestored(
  { shape, rules, operations, encryption, keyArn, requireLoan }: RdsRestoreDependencies,
  circumstances: RestoreCircumstances,
  signal: AbortSignal | undefined,
): Promise<RestoredThing> {
  const { fleet, resource, copy, target, id, keys, ownership } = circumstances;
  checkOptions(resource.kind, rdsRestoreOptions, circumstances.options);
  const options = circumstances.options as RdsRestoreOptions;
  if (!identifier.test(id))
    throw applicationFailure(
      failureTypes.invalidInput,
      'as: must be an identifier: at most 63 letters a–z, digits and single hyphens, first a letter',
    );
  const reserved = Object.keys(circumstances.tags).find((name) => /^rds:/i.test(name));
  if (reserved !== undefined)
    throw applicationFailure(failureTypes.invalidInput, `tags: ${reserved}: names that begin with rds: are AWS's own`);
  if (options.instances === false && options.instanceClasses !== undefined)
    throw applicationFailure(
      failureTypes.invalidInput,
      'options.instanceClasses: without instances there are none to choose a class for',
    );
  const configuration = circumstances.configuration as unknown as DatabaseConfiguration | null;
  const scope: Scope = { account: copy.copy.account, region: copy.copy.region, access: lenderOf(copy.place) };
  const isLent = scope.access === 'source' && scope.account !== target.account;
  const lent = isLent ? await encryption({ keyArn: copy.copy.keyArn }, scope) : null;
  const path = planRestorePath({
    fleet,
    resource,
    copy,
    target,
    id,
    underDefaultKey: lent?.type === 'default',
    rules,
    limits: circumstances.limits,
    restoresShared: operations.restoresShared,
    copyKey: keys.ofCopy,
    targetKey: keys.asked ?? targetKey(circumstances, configuration),
    keyAsked: keys.asked !== null,
    vaultAccounts: circumstances.vaultAccounts,
  });
  // A key that is not there is told now, not after an hour of copying.
  for (const { scope: at, input } of path.steps) if (typeof input.key === 'string') await keyArn(at, input.key);
  if (path.key !== null) await keyArn(target, path.key);
  for (const { type, scope: at, reads } of path.steps) {
    if (type !== 'share') continue;
    const made = path.steps.find((one) => one.id === reads)?.input.key;
    const key = typeof made === 'string' ? made : copy.copy.keyArn;
    if (key !== null) await requireLoan(at, key, target, signal);
  }

  const wanted = wantedNames(resource, shape, id, options, configuration);
  const found = await operations.surroundings(wanted, target, signal);
  const taken = found.taken.filter(({ tags }) => !isOwned(tags, ownership));
  if (taken.length > 0) throw await nameTaken();
  const tags = { ...circumstances.tags };
  const database: DatabaseCircumstances = {
    ...{ resource, shape, target, id, key: path.key, options, tags, drill: circumstances.drill, configuration, found },
  };
  const plan = planDatabase(database);
  const settings = {
    ...plan.settings,
    tags: { ...plan.settings.tags, [restoreTags.recoveryPoint]: copy.recoveryPoint },
  };
  const [writer] = plan.instances;
  return {
    steps: databaseSteps(path.steps, { ...plan, settings }, target, id),
    usable: [writer === undefined ? 'database' : `instance:${writer.id}`],
    keeps: 'database',
    lines: linesOf(path.steps, plan, shape, id),
    differences: plan.differences,
  };

  async function nameTaken(): Promise<ApplicationFailure> {
    const [first] = taken;
    const restoredBy = first?.tags[restoreTags.restore];
    const whose = restoredBy === undefined ? '' : `, made by ${restoredBy}`;
    let free: string | undefined;
    for (const name of otherNames(id)) {
      const names = wantedNames(resource, shape, name, options, configuration);
      const only = { ...names, subnetGroup: null, securityGroups: [], parameterGroups: [], optionGroup: null };
      if ((await operations.surroundings(only, target, signal)).taken.length > 0) continue;
      free = name;
      break;
    }
    return applicationFailure(
      failureTypes.conflict,
      `${first?.id ?? id} is taken in ${target.account}/${target.region} (${first?.arn ?? ''}${whose}), and nothing is overwritten: choose another identifier${free === undefined ? '' : `, for example --as ${free}`}`,
    );
  }
}

/** The key that a database is put under where it cannot keep its copy's. */
function targetKey(
  { resource, target, keys }: Pick<RestoreCircumstances, 'resource' | 'target' | 'keys'>,
  configuration: DatabaseConfiguration | null,
): string {
  if (keys.ofTarget !== null && !keys.ofTarget.startsWith('arn:')) return keys.ofTarget;
  const isHome = isPlaceOf(resource, target);
  if (isHome && configuration?.keyArn) return configuration.keyArn;
  return (resource.account === target.account ? keys.shareable : null) ?? defaultKey;
}

const isPlaceOf = (resource: ResourceRef, { account, region }: Scope) =>
  resource.account === account && resource.region === region;

function linesOf(path: readonly Step[], plan: DatabasePlan, shape: DatabaseShape, id: string): RestoreLine[] {
  const where = (places: DatabasePlan['placements']) =>
    places
      .map((place) => [place.class, place.zone].filter((part) => part !== null).join(' in '))
      .filter((text) => text !== '')
      .join(', else ') || 'target';
  return [
    ...path.map(({ id: step, type, marker, scope, input }) => ({
      step,
      what:
        type === 'share'
          ? `let ${typeof input.shareWith === 'string' ? input.shareWith : ''} read it, for the time being`
          : `${marker}, temporary`,
      where: `${scope.account}/${scope.region}`,
    })),
    ...plan.parameterGroups.map(({ of, group }) => ({
      step: 'parameter group',
      what: `${group.name}, of the ${of}`,
      where: 'target',
    })),
    { step: shape === 'instance' ? 'instance' : 'cluster', what: id, where: where(plan.placements) },
    ...plan.instances.map((instance) => ({ step: 'instance', what: instance.id, where: where(instance.placements) })),
  ];
}
