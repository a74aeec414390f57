import { applicationFailure } from '../../../core/applicationFailure';
import { type Scope } from '../../../core/catalogue/copy';
import { drillTagsOf, type ScratchOwner } from '../../../core/drill/drillScratch';
import { failureTypes } from '../../../core/failure';
import { type ResourceRef } from '../../../core/resource';
import {
  type DatabaseConfiguration,
  type DatabaseShape,
  type InstanceConfiguration,
  isDefaultGroup,
  type ParameterGroup,
} from '../databaseConfiguration';
import { type RdsRestoreOptions } from './restoreOptions';

/** Where AWS is asked to put an instance; null leaves it to AWS. */
export interface Placement {
  readonly class: string | null;
  readonly zone: string | null;
}

/** How a restored database is set up. Null: as the snapshot has it, or AWS's default. */
export interface DatabaseSettings {
  /** The key it ends under where that is not the snapshot's own: alias, id or ARN in the target. */
  readonly key: string | null;
  readonly port: number | null;
  readonly subnetGroup: string | null;
  readonly securityGroups: readonly string[];
  readonly parameterGroup: string | null;
  readonly optionGroup: string | null;
  readonly iamAuthentication: boolean | null;
  readonly logExports: readonly string[];
  readonly copyTagsToSnapshot: boolean | null;
  readonly networkType: string | null;
  readonly storageType: string | null;
  readonly iops: number | null;
  readonly serverless: DatabaseConfiguration['serverless'];
  /** Of an instance of its own. */
  readonly multiAz: boolean | null;
  readonly public: boolean | null;
  readonly autoMinorVersionUpgrade: boolean | null;
  readonly deletionProtection: boolean;
  readonly backupRetentionDays: number | null;
  readonly backupWindow: string | null;
  readonly maintenanceWindow: string | null;
  readonly roles: DatabaseConfiguration['roles'];
  readonly tags: Readonly<Record<string, string>>;
}

export interface InstanceSettings {
  readonly id: string;
  readonly promotionTier: number | null;
  readonly public: boolean | null;
  readonly autoMinorVersionUpgrade: boolean | null;
  readonly performanceInsights: boolean;
  readonly parameterGroup: string | null;
  readonly tags: Readonly<Record<string, string>>;
  /** Tried in this order while AWS has no capacity. */
  readonly placements: readonly Placement[];
}

export interface PlannedParameterGroup {
  readonly of: 'cluster' | 'instance';
  readonly group: ParameterGroup;
}

/** What was found in the target of what a restore wants there. */
export interface FoundSurroundings {
  readonly subnetGroup: { readonly name: string; readonly zones: readonly string[] } | null;
  /** The id that stands there for each wanted one, null where there is none. */
  readonly securityGroups: Readonly<Record<string, string | null>>;
  readonly parameterGroups: readonly string[];
  readonly optionGroup: boolean;
}

export interface DatabasePlan {
  readonly settings: DatabaseSettings;
  readonly placements: readonly Placement[];
  readonly instances: readonly InstanceSettings[];
  readonly parameterGroups: readonly PlannedParameterGroup[];
  readonly differences: readonly string[];
}

export interface DatabaseCircumstances {
  readonly resource: ResourceRef;
  readonly target: Pick<Scope, 'account' | 'region'>;
  readonly id: string;
  readonly key: string | null;
  readonly options: RdsRestoreOptions;
  /** Tags beside those of the old database. */
  readonly tags: Readonly<Record<string, string>>;
  /** Whose scratch thing it is, null where it is none. */
  readonly drill: ScratchOwner | null;
  /** Whether the database is a cluster with instances, or an instance of its own. */
  readonly shape: DatabaseShape;
  /** Null where nothing is known of the old database but its data. */
  readonly configuration: DatabaseConfiguration | null;
  readonly found: FoundSurroundings;
}

/** The class of Serverless v2: its cluster must have a range of capacity. */
const serverlessClass = 'db.serverless';

/** The names a restore wants to find in its target, by what was asked for and what the old database had. */
export function wantedNames(
  { id: oldId }: Pick<ResourceRef, 'id'>,
  shape: DatabaseShape,
  id: string,
  request: RdsRestoreOptions,
  configuration: DatabaseConfiguration | null,
) {
  const own = <T extends { readonly name: string }>(group: T | null) =>
    group === null || isDefaultGroup(group.name) ? null : group.name;
  const of = shape === 'instance' ? ('instance' as const) : ('cluster' as const);
  const parameterGroup = request.parameterGroup ?? own(configuration?.parameterGroup ?? null);
  const members = shape === 'cluster-of-instances' ? wantedMembers(configuration?.instances ?? [], request) : [];
  return {
    database: id,
    instances:
      shape !== 'cluster-of-instances' || request.instances === false
        ? []
        : members.length === 0
          ? // One that is known to have had none gets none, unless one is asked for.
            configuration === null || request.instanceClasses !== undefined
            ? [`${id}-instance-1`]
            : []
          : members.map((member, i) => instanceId(member.id, oldId, id, i)),
    subnetGroup: request.subnetGroup ?? own(configuration?.subnetGroup ?? null),
    securityGroups:
      request.securityGroups?.map((group) => ({ id: group, name: null })) ??
      (configuration?.securityGroups ?? []).filter(({ name }) => name !== 'default'),
    parameterGroups: [
      ...(parameterGroup === null ? [] : [{ name: parameterGroup, of }]),
      ...members.flatMap((member) => {
        const name = own(member.parameterGroup);
        return name === null ? [] : [{ name, of: 'instance' as const }];
      }),
    ],
    optionGroup:
      shape !== 'instance' || isDefaultGroup(configuration?.optionGroup ?? 'default')
        ? null
        : (configuration?.optionGroup ?? null),
  };
}

/**
 * How the new database and its instances will be: as the old ones were, but for what was asked for and for what the target
 * does not have.
 *
 * @throws ApplicationFailure `Configuration` or `InvalidInput` naming what must be made first, or passed.
 */
export function planDatabase(circumstances: DatabaseCircumstances): DatabasePlan {
  const {
    resource,
    shape,
    target,
    id,
    key,
    options: request,
    tags: asked,
    drill,
    configuration,
    found,
  } = circumstances;
  const place = `${target.account}/${target.region}`;
  const sameAccount = resource.account === target.account;
  const sameRegion = resource.region === target.region;
  const differences: string[] = [];
  const wanted = wantedNames(resource, shape, id, request, configuration);

  if (wanted.subnetGroup !== null && found.subnetGroup === null)
    throw configurationFailure(
      `there is no DB subnet group ${wanted.subnetGroup} in ${place}: create it${subnetsOf(configuration)}, or pass the name of another one (--subnet-group)`,
    );
  if (wanted.subnetGroup === null && configuration === null)
    differences.push("nothing is known of the old database's network: AWS's default subnet group is used");

  const securityGroups: string[] = [];
  for (const { id: group, name } of wanted.securityGroups) {
    const there = found.securityGroups[group] ?? null;
    if (there !== null) securityGroups.push(there);
    else if (request.securityGroups !== undefined)
      throw configurationFailure(`there is no security group ${group} in ${place}`);
    else
      differences.push(
        `security group ${name ?? group} is not in ${place}: ${securityRulesOf(configuration, group)}pass --security-groups, or attach one later`,
      );
  }

  const parameterGroups: PlannedParameterGroup[] = [];
  const parameterGroup = (group: ParameterGroup | null, of: PlannedParameterGroup['of']): string | null => {
    if (group === null || isDefaultGroup(group.name)) return null;
    if (found.parameterGroups.includes(group.name)) return group.name;
    if (group.family === null || request.createParameterGroups !== true)
      throw configurationFailure(
        `there is no ${of} parameter group ${group.name} in ${place}: create it${group.family === null ? '' : ` of family ${group.family}, or let it be made from the recovery bundle (--create-parameter-groups)`}, or pass another one (--parameter-group)`,
      );
    if (!parameterGroups.some((planned) => planned.of === of && planned.group.name === group.name))
      parameterGroups.push({ of, group });
    return group.name;
  };
  const own = shape === 'instance' ? 'instance' : 'cluster';
  const chosenParameterGroup =
    request.parameterGroup === undefined
      ? parameterGroup(configuration?.parameterGroup ?? null, own)
      : found.parameterGroups.includes(request.parameterGroup) || isDefaultGroup(request.parameterGroup)
        ? request.parameterGroup
        : null;
  if (request.parameterGroup !== undefined && chosenParameterGroup === null)
    throw configurationFailure(`there is no ${own} parameter group ${request.parameterGroup} in ${place}`);
  if (wanted.optionGroup !== null && !found.optionGroup)
    differences.push(`option group ${wanted.optionGroup} is not in ${place}: AWS's default is used`);

  const roles = configuration?.roles ?? [];
  if (!sameAccount && roles.length > 0)
    differences.push(`roles of the old account are not attached: ${roles.map(({ arn }) => arn).join(', ')}`);
  if (configuration !== null) differences.push(...lostTies(resource, configuration));
  for (const what of configuration?.unread ?? []) differences.push(`could not be read of the old database: ${what}`);

  const zonesFor = (zone: string | null, position: number): readonly (string | null)[] => {
    if (request.zones !== undefined)
      return request.zones.map((_, i) => request.zones?.[(i + position) % request.zones.length] ?? null);
    const covered = found.subnetGroup === null || zone === null || found.subnetGroup.zones.includes(zone);
    return sameRegion && zone !== null && covered ? [zone, null] : [null];
  };
  const [itself] = configuration?.instances ?? [];
  const tags = keptTags(configuration?.tags ?? {}, asked, drill);
  const settings: DatabaseSettings = {
    key,
    port: request.port ?? configuration?.port ?? null,
    subnetGroup: wanted.subnetGroup,
    securityGroups,
    parameterGroup: chosenParameterGroup,
    optionGroup: found.optionGroup ? wanted.optionGroup : null,
    iamAuthentication: configuration?.iamAuthentication ?? null,
    logExports: configuration?.logExports ?? [],
    copyTagsToSnapshot: configuration?.copyTagsToSnapshot ?? null,
    networkType: configuration?.networkType ?? null,
    storageType: configuration?.storageType ?? null,
    iops: configuration?.iops ?? null,
    serverless: configuration?.serverless ?? null,
    multiAz: shape !== 'instance' ? null : (request.multiAz ?? itself?.multiAz ?? null),
    public: request.public ?? (shape !== 'instance' ? null : (itself?.public ?? null)),
    autoMinorVersionUpgrade: itself?.autoMinorVersionUpgrade ?? null,
    deletionProtection: request.deletionProtection ?? configuration?.deletionProtection ?? false,
    backupRetentionDays: configuration?.backupRetentionDays ?? null,
    backupWindow: configuration?.backupWindow ?? null,
    maintenanceWindow: configuration?.maintenanceWindow ?? null,
    roles: sameAccount ? roles : [],
    tags,
  };

  if (shape !== 'cluster-of-instances') {
    if (shape === 'cluster' && request.instanceClasses === undefined && itself === undefined)
      throw applicationFailure(
        failureTypes.invalidInput,
        `the instances that ${resource.id} had are not known (there is neither a recovery bundle nor the cluster itself): pass --instance-class db.…, of which AWS makes them`,
      );
    const classes = request.instanceClasses ?? [itself?.class ?? null];
    // A zone and several zones exclude each other (RestoreDBInstanceFromDBSnapshot, AvailabilityZone).
    const zones = settings.multiAz === true || shape === 'cluster' ? [null] : zonesFor(itself?.zone ?? null, 0);
    return { settings, placements: combine(classes, zones), instances: [], parameterGroups, differences };
  }

  if (request.multiAz !== undefined)
    differences.push('a cluster spans zones by its instances: multiAz says nothing here');
  if (settings.serverless === null && request.instanceClasses?.includes(serverlessClass) === true)
    throw applicationFailure(
      failureTypes.invalidInput,
      `instances of ${serverlessClass} need a range of capacity, and ${resource.id} had none that is known: pass another --instance-class, and change it afterwards`,
    );
  const members = membersOf(circumstances);
  if (members.length === 0)
    differences.push('the cluster has no instances, so it cannot be reached until you create one');
  const instances = members.map((member, position): InstanceSettings => ({
    id: wanted.instances[position] ?? `${id}-instance-${position + 1}`,
    promotionTier: member.promotionTier,
    public: request.public ?? member.public,
    autoMinorVersionUpgrade: member.autoMinorVersionUpgrade,
    performanceInsights: member.performanceInsights,
    parameterGroup: parameterGroup(member.parameterGroup, 'instance'),
    tags: keptTags(member.tags, asked, drill),
    placements: combine(request.instanceClasses ?? [member.class], zonesFor(member.zone, position)),
  }));
  return { settings, placements: [{ class: null, zone: null }], instances, parameterGroups, differences };
}

/** A restored database stands alone, and runs on what AWS still offers. */
function lostTies({ id }: ResourceRef, configuration: DatabaseConfiguration): string[] {
  const { engineMode, globalCluster = null, replicaOf = null } = configuration;
  return [
    ...(engineMode === 'serverless'
      ? [
          `${id} was of Aurora Serverless v1, which AWS has retired: the new cluster is provisioned, and takes instances of a class (--instance-class)`,
        ]
      : []),
    ...(globalCluster === null
      ? []
      : [
          `${id} was ${replicaOf === null ? 'the primary' : 'a secondary'} cluster of the global database ${globalCluster}: the new cluster is a member of none`,
        ]),
    ...(replicaOf === null
      ? []
      : [`${id} was a replica of ${replicaOf}: the new database replicates nothing, and can be written to`]),
  ];
}

/** The instances a cluster is given: those it had, the writer first, or one of the class that was asked for. */
function membersOf({
  options: request,
  configuration,
  resource,
}: DatabaseCircumstances): readonly InstanceConfiguration[] {
  if (request.instances === false) return [];
  if (configuration !== null && configuration.instances.length > 0)
    return wantedMembers(configuration.instances, request);
  const [wanted] = request.instanceClasses ?? [];
  // A headless member of a global database has none, nor has Aurora Serverless v1.
  if (wanted === undefined && configuration !== null) return [];
  if (wanted === undefined)
    throw applicationFailure(
      failureTypes.invalidInput,
      `what instances ${resource.id} had is not known (there is neither a recovery bundle nor the cluster itself): pass --instance-class db.… for one instance, or --no-instances`,
    );
  return [
    {
      id: `${resource.id}-instance-1`,
      class: wanted,
      zone: null,
      writer: true,
      promotionTier: null,
      multiAz: false,
      public: false,
      autoMinorVersionUpgrade: true,
      performanceInsights: false,
      parameterGroup: null,
      tags: {},
    },
  ];
}

function wantedMembers(
  instances: readonly InstanceConfiguration[],
  request: RdsRestoreOptions,
): InstanceConfiguration[] {
  const members = writerFirst(instances);
  return request.instances === 'writer' ? members.slice(0, 1) : members;
}

/** In the order in which they would be promoted: the first instance that a cluster is given becomes its writer. */
function writerFirst(instances: readonly InstanceConfiguration[]): InstanceConfiguration[] {
  const tier = ({ writer, promotionTier }: InstanceConfiguration) => (writer ? -1 : (promotionTier ?? 15));
  return [...instances].sort((a, b) => tier(a) - tier(b));
}

/** Identifiers of instances follow that of their cluster where they did. */
function instanceId(old: string, oldCluster: string, cluster: string, position: number): string {
  const renamed = old.startsWith(`${oldCluster}-`)
    ? `${cluster}${old.slice(oldCluster.length)}`
    : old === oldCluster || oldCluster !== cluster
      ? `${cluster}-instance-${position + 1}`
      : old;
  return renamed.length <= 63 ? renamed : `${cluster.slice(0, 50)}-instance-${position + 1}`;
}

function combine(classes: readonly (string | null)[], zones: readonly (string | null)[]): Placement[] {
  return classes.flatMap((one) => zones.map((zone) => ({ class: one, zone })));
}

/** Tags of AWS's own cannot be set, and Farcopy's are about another database. */
function keptTags(
  old: Readonly<Record<string, string>>,
  asked: Readonly<Record<string, string>>,
  drill: ScratchOwner | null,
) {
  const kept = Object.entries(old).filter(([name]) => !/^(aws|rds|farcopy):/i.test(name));
  return { ...Object.fromEntries(kept), ...asked, ...(drill === null ? {} : drillTagsOf(drill)) };
}

function subnetsOf(configuration: DatabaseConfiguration | null): string {
  const group = configuration?.subnetGroup ?? null;
  if (group === null) return '';
  const zones = [...new Set(group.subnets.flatMap(({ zone }) => zone ?? []))];
  return zones.length === 0 ? '' : ` (the old one has ${group.subnets.length} subnets in ${zones.join(', ')})`;
}

function securityRulesOf(configuration: DatabaseConfiguration | null, id: string): string {
  const rules = configuration?.securityGroups.find((group) => group.id === id)?.ingress ?? [];
  const texts = rules.map(
    ({ protocol, fromPort, toPort, peers }) =>
      `${protocol === '-1' ? 'all' : protocol} ${fromPort === toPort ? (fromPort ?? '') : `${fromPort}–${toPort}`} from ${peers.join(', ')}`,
  );
  return texts.length === 0 ? '' : `it let in ${texts.join('; ')}; `;
}

/** Names to suggest when one is taken. */
export function otherNames(id: string): string[] {
  const base = id.slice(0, 51).replace(/-+$/, '');
  return [`${base}-restored`, ...Array.from({ length: 8 }, (_, i) => `${base}-restored-${i + 2}`)];
}

function configurationFailure(message: string) {
  return applicationFailure(failureTypes.configuration, message);
}
