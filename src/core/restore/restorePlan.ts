import { applicationFailure } from '../applicationFailure';
import { type Access, type Scope } from '../catalogue/copy';
import { drillTagsOf } from '../drill/drillScratch';
import { failureTypes } from '../failure';
import { type LimitOverride } from '../limits/limit';
import { type Polling } from '../backup/policy';
import {
  type DatabaseConfiguration,
  type InstanceConfiguration,
  isDefaultGroup,
  type ParameterGroup,
} from '../catalogue/recoveryBundle';
import { type ResourceRef } from '../resource';
import { type RestoreRequest } from './restoreRequest';
import { type Leg } from '../backup/route';
import { type VerifiedCopy } from '../backup/routeWalk';

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

/** Where the configuration of the old database comes from. */
export type ConfigurationSource = 'recovery-bundle' | 'live' | 'none';

/** Everything that a restore will do. */
export interface RestorePlan {
  readonly version: 1;
  readonly fleet: string;
  readonly tier: string;
  readonly resource: ResourceRef;
  readonly recoveryPoint: string;
  readonly scheduledTime: string;
  readonly source: VerifiedCopy;
  readonly target: Scope;
  /** Identifier of the new database. */
  readonly id: string;
  /** Copies and shares made on the way, one after the other; all are taken back. */
  readonly path: readonly Leg[];
  readonly settings: DatabaseSettings;
  /** Of the database itself: an instance of its own has a class and a zone, a cluster has none. */
  readonly placements: readonly Placement[];
  /** Of a cluster; the first becomes the writer. */
  readonly instances: readonly InstanceSettings[];
  readonly parameterGroups: readonly PlannedParameterGroup[];
  readonly configurationFrom: ConfigurationSource;
  /** What will not be as it was, in words for people. */
  readonly differences: readonly string[];
  readonly polling: Polling;
  readonly limits: readonly LimitOverride[];
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
  readonly request: RestoreRequest;
  /** Null where nothing is known of the old database but its data. */
  readonly configuration: DatabaseConfiguration | null;
  readonly found: FoundSurroundings;
}

/** The names a restore wants to find in its target, by what was asked for and what the old database had. */
export function wantedNames(
  { kind, id: oldId }: Pick<ResourceRef, 'kind' | 'id'>,
  id: string,
  request: RestoreRequest,
  configuration: DatabaseConfiguration | null,
) {
  const own = <T extends { readonly name: string }>(group: T | null) =>
    group === null || isDefaultGroup(group.name) ? null : group.name;
  const of = kind === 'aurora-cluster' ? ('cluster' as const) : ('instance' as const);
  const parameterGroup = request.parameterGroup ?? own(configuration?.parameterGroup ?? null);
  const members = kind === 'aurora-cluster' ? wantedMembers(configuration?.instances ?? [], request) : [];
  return {
    database: id,
    instances:
      kind !== 'aurora-cluster' || request.instances === false
        ? []
        : members.length === 0
          ? [`${id}-instance-1`]
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
      kind === 'aurora-cluster' || isDefaultGroup(configuration?.optionGroup ?? 'default')
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
  const { resource, target, id, key, request, configuration, found } = circumstances;
  const { kind } = resource;
  const place = `${target.account}/${target.region}`;
  const sameAccount = resource.account === target.account;
  const sameRegion = resource.region === target.region;
  const differences: string[] = [];
  const wanted = wantedNames(resource, id, request, configuration);

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
  const own = kind === 'aurora-cluster' ? 'cluster' : 'instance';
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
  for (const what of configuration?.unread ?? []) differences.push(`could not be read of the old database: ${what}`);

  const zonesFor = (zone: string | null, position: number): readonly (string | null)[] => {
    if (request.zones !== undefined)
      return request.zones.map((_, i) => request.zones?.[(i + position) % request.zones.length] ?? null);
    const covered = found.subnetGroup === null || zone === null || found.subnetGroup.zones.includes(zone);
    return sameRegion && zone !== null && covered ? [zone, null] : [null];
  };
  const [itself] = configuration?.instances ?? [];
  const tags = keptTags(configuration?.tags ?? {}, request);
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
    multiAz: kind === 'aurora-cluster' ? null : (request.multiAz ?? itself?.multiAz ?? null),
    public: request.public ?? (kind === 'aurora-cluster' ? null : (itself?.public ?? null)),
    autoMinorVersionUpgrade: itself?.autoMinorVersionUpgrade ?? null,
    deletionProtection: request.deletionProtection ?? configuration?.deletionProtection ?? false,
    backupRetentionDays: configuration?.backupRetentionDays ?? null,
    backupWindow: configuration?.backupWindow ?? null,
    maintenanceWindow: configuration?.maintenanceWindow ?? null,
    roles: sameAccount ? roles : [],
    tags,
  };

  if (kind === 'rds-instance') {
    const classes = request.instanceClasses ?? [itself?.class ?? null];
    // A zone and several zones exclude each other (RestoreDBInstanceFromDBSnapshot, AvailabilityZone).
    const zones = settings.multiAz === true ? [null] : zonesFor(itself?.zone ?? null, 0);
    return { settings, placements: combine(classes, zones), instances: [], parameterGroups, differences };
  }

  if (request.multiAz !== undefined)
    differences.push('an Aurora cluster spans zones by its instances: multiAz says nothing here');
  const members = membersOf(circumstances);
  if (request.instances === false && configuration?.engineMode !== 'serverless')
    differences.push('the cluster has no instances, so it cannot be reached until you create one');
  const instances = members.map((member, position): InstanceSettings => ({
    id: wanted.instances[position] ?? `${id}-instance-${position + 1}`,
    promotionTier: member.promotionTier,
    public: request.public ?? member.public,
    autoMinorVersionUpgrade: member.autoMinorVersionUpgrade,
    performanceInsights: member.performanceInsights,
    parameterGroup: parameterGroup(member.parameterGroup, 'instance'),
    tags: keptTags(member.tags, request),
    placements: combine(request.instanceClasses ?? [member.class], zonesFor(member.zone, position)),
  }));
  return { settings, placements: [{ class: null, zone: null }], instances, parameterGroups, differences };
}

/** The instances a cluster is given: those it had, the writer first, or one of the class that was asked for. */
function membersOf({ request, configuration, resource }: DatabaseCircumstances): readonly InstanceConfiguration[] {
  if (request.instances === false || configuration?.engineMode === 'serverless') return [];
  if (configuration !== null && configuration.instances.length > 0)
    return wantedMembers(configuration.instances, request);
  const [wanted] = request.instanceClasses ?? [];
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

function wantedMembers(instances: readonly InstanceConfiguration[], request: RestoreRequest): InstanceConfiguration[] {
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
function keptTags(old: Readonly<Record<string, string>>, { tags, drill }: RestoreRequest) {
  const kept = Object.entries(old).filter(([name]) => !/^(aws|rds|farcopy):/i.test(name));
  return { ...Object.fromEntries(kept), ...tags, ...(drill === undefined ? {} : drillTagsOf(drill)) };
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

/** The role that lends a copy, and copies it on its way: in a vault that is not the one that makes backups. */
export function lenderOf(place: string): Access {
  return place === 'source' ? 'source' : 'restore';
}

function configurationFailure(message: string) {
  return applicationFailure(failureTypes.configuration, message);
}
