import { type IpPermission } from '@aws-sdk/client-ec2';
import {
  DescribeDBSubnetGroupsCommand,
  DescribeOptionGroupsCommand,
  ListTagsForResourceCommand,
} from '@aws-sdk/client-rds';
import { type AwsAccess } from '../../../clouds/aws/awsAccess';
import { awsCall, awsPages, type AwsCall } from '../../../clouds/aws/awsFailure';
import { type AwsKeys } from '../../../clouds/aws/keys';
import { applicationFailure } from '../../../core/applicationFailure';
import { type Scope } from '../../../core/catalogue/copy';
import { failureTypeOf, failureTypes } from '../../../core/failure';
import {
  type DatabaseConfiguration,
  isDefaultGroup,
  type ParameterGroup,
  type SecurityGroup,
  type SecurityRule,
  type SubnetGroup,
} from '../databaseConfiguration';
import { type ResourceRef } from '../../../core/resource';
import { isOwned } from '../../../core/restore/restoreOwnership';
import { type DatabaseSettings } from './planDatabase';
import {
  type AddInstanceRequest,
  type FoundParameterGroup,
  type Ownership,
  type ParameterGroupOwner,
  type RestoredDatabase,
  type RestoredInstance,
  type RestoreOperations,
  type StartRestoreRequest,
  type Surroundings,
  type SurroundingsQuery,
} from './restoreOperations';
import { deleteInstance, instanceTags } from './instanceCalls';
import { parameterGroupApis } from './parameterGroups';
import { rdsCall } from '../rdsCall';
import { rdsClient } from '../rdsClient';
import { type RestoreApi } from './restoreApi';
import { fromTagList } from '../tags';

/** ModifyDBParameterGroup and ModifyDBClusterParameterGroup: "A maximum of 20 parameters can be modified in a single request." */
const parametersAtOnce = 20;

/** The rules of restores in RDS, the same for clusters and instances; {@link RestoreApi} has the calls. */
export class RdsRestore implements RestoreOperations {
  readonly restoresShared: boolean;

  constructor(
    private readonly api: RestoreApi,
    private readonly access: AwsAccess,
    private readonly keys: AwsKeys,
  ) {
    this.restoresShared = api.restoresShared;
  }

  async requireSubnetGroup(name: string, scope: Scope, signal?: AbortSignal): Promise<void> {
    await this.subnetGroup(name, scope, signal);
  }

  async describe(resource: ResourceRef, scope: Scope, signal?: AbortSignal): Promise<DatabaseConfiguration> {
    const rds = rdsClient(this.access, scope);
    const options = { abortSignal: signal };
    const call = this.call(resource.id, scope, this.api.describeAction);
    const named = await orNothing(awsCall(call, signal, () => this.api.configuration(rds, resource.id, options)));
    if (named === undefined) throw applicationFailure(failureTypes.notFound, `${where(call)}: there is none`);
    const unread: string[] = [];
    /** What is missing of a configuration is told in it: it must not keep the rest from being known. */
    const read = async <T>(what: string, work: Promise<T>, otherwise: T): Promise<T> => {
      try {
        return await work;
      } catch (error) {
        if (signal?.aborted || failureTypeOf(error) === failureTypes.transient) throw error;
        unread.push(`${what}: ${(error as Error).message}`);
        return otherwise;
      }
    };
    const group = async (name: string | null, of: ParameterGroupOwner): Promise<ParameterGroup | null> =>
      name === null
        ? null
        : read(`parameter group ${name}`, this.parameterGroup(name, of, scope, signal), {
            name,
            family: null,
            description: null,
            parameters: [],
          });
    const subnetGroup =
      named.subnetGroup === null
        ? null
        : await read(`subnet group ${named.subnetGroup}`, this.subnetGroup(named.subnetGroup, scope, signal), {
            name: named.subnetGroup,
            description: '',
            vpc: null,
            subnets: [],
          });
    const securityGroups = await read(
      'security groups',
      this.securityGroups({ ids: named.securityGroups }, scope, signal),
      named.securityGroups.map((id) => ({ id, name: null, description: null, vpc: null, ingress: [], egress: [] })),
    );
    const parameterGroup = await group(named.parameterGroup, this.api.noun);
    const instances = [];
    const known = new Map<string, Promise<ParameterGroup | null>>();
    for (const { parameterGroup: name, ...instance } of named.instances) {
      if (name !== null && !known.has(name)) known.set(name, group(name, 'instance'));
      instances.push({ ...instance, parameterGroup: name === null ? null : ((await known.get(name)) ?? null) });
    }
    return { ...named, subnetGroup, securityGroups, parameterGroup, instances, unread };
  }

  async surroundings(query: SurroundingsQuery, scope: Scope, signal?: AbortSignal): Promise<Surroundings> {
    const options = { abortSignal: signal };
    const rds = rdsClient(this.access, scope);
    const taken: Surroundings['taken'][number][] = [];
    const found = await this.find(query.database, scope, signal);
    if (found !== undefined) taken.push({ id: found.id, arn: found.arn, tags: found.tags });
    for (const id of query.instances) {
      const instance = await orNothing(
        awsCall(this.call(id, scope, 'rds:DescribeDBInstances'), signal, () => instanceTags(rds, id, options)),
      );
      if (instance !== undefined) taken.push(instance);
    }
    const subnetGroup =
      query.subnetGroup === null
        ? null
        : ((await missingToNull(this.subnetGroup(query.subnetGroup, scope, signal))) ?? null);
    const parameterGroups: string[] = [];
    for (const { name, of } of query.parameterGroups)
      if ((await this.findParameterGroup(name, of, scope, signal)) !== undefined) parameterGroups.push(name);
    return {
      taken,
      subnetGroup:
        subnetGroup === null
          ? null
          : {
              name: subnetGroup.name,
              vpc: subnetGroup.vpc,
              zones: [...new Set(subnetGroup.subnets.flatMap(({ zone }) => zone ?? []))],
            },
      securityGroups: await this.standIns(query, subnetGroup?.vpc ?? null, scope, signal),
      parameterGroups,
      optionGroup: query.optionGroup !== null && (await this.hasOptionGroup(query.optionGroup, scope, signal)),
    };
  }

  async createParameterGroup(
    group: ParameterGroup,
    of: ParameterGroupOwner,
    scope: Scope,
    ownership: Ownership,
    signal?: AbortSignal,
  ): Promise<void> {
    const api = parameterGroupApis[of];
    const rds = rdsClient(this.access, scope);
    const options = { abortSignal: signal };
    const subject = `parameter group ${group.name}`;
    const there = await this.findParameterGroup(group.name, of, scope, signal);
    if (there === undefined)
      await unless(
        failureTypes.conflict,
        awsCall({ ...this.call(group.name, scope, `rds:Create${api.nouns}`), subject }, signal, () =>
          api.create(rds, group, ownership, options),
        ),
      );
    else if (!isOwned(await this.tagsOf(there.arn, scope, signal), ownership)) return;
    for (let from = 0; from < group.parameters.length; from += parametersAtOnce)
      await awsCall({ ...this.call(group.name, scope, `rds:Modify${api.nouns}`), subject }, signal, () =>
        api.set(rds, group.name, group.parameters.slice(from, from + parametersAtOnce), options),
      );
  }

  async *parameterGroups(scope: Scope, signal?: AbortSignal): AsyncGenerator<FoundParameterGroup> {
    for (const owner of ['cluster', 'instance'] as const) {
      const api = parameterGroupApis[owner];
      const subject = `parameter groups of ${owner}s`;
      const call = { ...this.call('', scope, `rds:Describe${api.nouns}s`), subject };
      for await (const page of awsPages(call, signal, () =>
        api.list(rdsClient(this.access, scope), { abortSignal: signal }),
      ))
        for (const { name, arn } of page.filter(({ family }) => this.api.ownsFamily(family, owner))) {
          const tags = await missingToNull(this.tagsOf(arn, scope, signal));
          if (tags !== undefined) yield { name, of: owner, tags };
        }
    }
  }

  async start(request: StartRestoreRequest, signal?: AbortSignal): Promise<RestoredDatabase> {
    const { target, id, source, settings, ownership } = request;
    const found = await this.find(id, target, signal);
    if (found !== undefined) return adopted(found, ownership, this.call(id, target, this.api.restoreAction));
    const keyArn = settings.key === null ? null : await this.keys.arn(target, settings.key);
    const shared = source.account !== target.account;
    const call = { ...this.call(id, target, this.api.restoreAction), key: keyArn, readsShared: shared };
    await unless(
      // Made by a try whose answer was lost, or by someone else a moment ago: the next look tells.
      failureTypes.conflict,
      awsCall(call, signal, () =>
        this.api.restore(
          rdsClient(this.access, target),
          request,
          shared ? source.arn : source.id,
          keyArn,
          { ...settings.tags, ...ownership },
          { abortSignal: signal },
        ),
      ),
    );
    const made = await this.find(id, target, signal);
    if (made === undefined) throw applicationFailure(failureTypes.busy, `${where(call)}: not to be seen yet`);
    return adopted(made, ownership, call);
  }

  async addInstance(request: AddInstanceRequest, signal?: AbortSignal): Promise<RestoredInstance> {
    const { target, cluster, instance, ownership } = request;
    const add = this.api.addInstance;
    if (add === null) throw applicationFailure(failureTypes.invalidInput, `${cluster.id}: takes no instances`);
    const call = this.call(instance.id, target, 'rds:CreateDBInstance');
    const subject = { ...call, subject: `instance ${instance.id}` };
    const there = async () =>
      (await this.find(cluster.id, target, signal))?.instances.find(({ id }) => id === instance.id);
    const found = await there();
    if (found !== undefined) return adopted(found, ownership, subject);
    try {
      const tags = { ...instance.tags, ...ownership };
      return await awsCall(subject, signal, () =>
        add(rdsClient(this.access, target), request, tags, { abortSignal: signal }),
      );
    } catch (error) {
      if (failureTypeOf(error) !== failureTypes.conflict) throw error;
      const made = await there();
      if (made === undefined) throw error;
      return adopted(made, ownership, subject);
    }
  }

  async progress(id: string, scope: Scope, signal?: AbortSignal): Promise<RestoredDatabase> {
    const found = await this.find(id, scope, signal);
    if (found === undefined)
      throw applicationFailure(
        failureTypes.notFound,
        `${where(this.call(id, scope, this.api.describeAction))}: there is none`,
      );
    return found;
  }

  async finish(id: string, scope: Scope, settings: DatabaseSettings, signal?: AbortSignal): Promise<readonly string[]> {
    const rds = rdsClient(this.access, scope);
    const options = { abortSignal: signal };
    const missed: string[] = [];
    const attempt = async (what: string, action: string, work: () => Promise<void>) => {
      try {
        await unless(failureTypes.conflict, awsCall(this.call(id, scope, action), signal, work));
      } catch (error) {
        const type = failureTypeOf(error);
        if (signal?.aborted || type === failureTypes.transient || type === failureTypes.busy) throw error;
        missed.push(`${what}: ${(error as Error).message}`);
      }
    };
    for (const { arn, feature } of settings.roles)
      await attempt(`role ${arn}`, `rds:AddRoleTo${this.api.noun === 'cluster' ? 'DBCluster' : 'DBInstance'}`, () =>
        this.api.addRole(rds, id, arn, feature, options),
      );
    await attempt('backup window, maintenance window and deletion protection', this.api.modifyAction, () =>
      this.api.modify(rds, id, settings, options),
    );
    return missed;
  }

  async removeInstance(id: string, scope: Scope, ownership: Ownership, signal?: AbortSignal): Promise<void> {
    const rds = rdsClient(this.access, scope);
    const options = { abortSignal: signal };
    const call = this.call(id, scope, 'rds:DeleteDBInstance');
    const found = await orNothing(awsCall(call, signal, () => instanceTags(rds, id, options)));
    if (found === undefined || found.status === 'deleting' || !isOwned(found.tags, ownership)) return;
    await unless(
      failureTypes.notFound,
      awsCall(call, signal, () => deleteInstance(rds, id, options)),
    );
  }

  async remove(
    id: string,
    scope: Scope,
    ownership: Ownership,
    protection: 'ours' | 'theirs',
    signal?: AbortSignal,
  ): Promise<string | null> {
    const found = await this.find(id, scope, signal);
    if (found === undefined || !isOwned(found.tags, ownership)) return null;
    if (found.status === 'deleting') return `${found.arn} is being deleted`;
    const kept = () =>
      applicationFailure(failureTypes.conflict, `${found.arn}: someone has protected it from deletion, left alone`);
    if (found.deletionProtection && protection === 'theirs') throw kept();
    // Instances that AWS makes by itself go with their cluster.
    for (const instance of this.api.addInstance === null ? [] : found.instances)
      if (instance.status !== 'deleting') await this.removeInstance(instance.id, scope, ownership, signal);
    const call = this.call(id, scope, this.api.deleteAction);
    const rds = rdsClient(this.access, scope);
    const options = { abortSignal: signal };
    try {
      await unless(
        failureTypes.notFound,
        awsCall(call, signal, () => this.api.delete(rds, id, options)),
      );
    } catch (error) {
      if (failureTypeOf(error) !== failureTypes.invalidInput || !/protect/i.test((error as Error).message)) throw error;
      if (protection === 'theirs') throw kept();
      const unprotect = this.call(id, scope, this.api.modifyAction);
      await awsCall(unprotect, signal, () => this.api.unprotect(rds, id, options));
      return `${found.arn} was protected`;
    }
    return `${found.arn} is being deleted`;
  }

  async removeParameterGroup(
    name: string,
    of: ParameterGroupOwner,
    scope: Scope,
    ownership: Ownership,
    signal?: AbortSignal,
  ): Promise<void> {
    const api = parameterGroupApis[of];
    const found = await this.findParameterGroup(name, of, scope, signal);
    if (found === undefined || !isOwned(await this.tagsOf(found.arn, scope, signal), ownership)) return;
    const call = { ...this.call(name, scope, `rds:Delete${api.nouns}`), subject: `parameter group ${name}` };
    await awsCall(call, signal, () => api.delete(rdsClient(this.access, scope), name, { abortSignal: signal }));
  }

  private find(id: string, scope: Scope, signal: AbortSignal | undefined): Promise<RestoredDatabase | undefined> {
    const call = this.call(id, scope, this.api.describeAction);
    return orNothing(
      awsCall(call, signal, () => this.api.find(rdsClient(this.access, scope), id, { abortSignal: signal })),
    );
  }

  private async parameterGroup(
    name: string,
    of: ParameterGroupOwner,
    scope: Scope,
    signal: AbortSignal | undefined,
  ): Promise<ParameterGroup> {
    if (isDefaultGroup(name)) return { name, family: null, description: null, parameters: [] };
    const found = await this.findParameterGroup(name, of, scope, signal);
    const action = `rds:Describe${parameterGroupApis[of].nouns.replace('Group', 's')}`;
    const parameters = await awsCall(
      { ...this.call(name, scope, action), subject: `parameter group ${name}` },
      signal,
      () => parameterGroupApis[of].parameters(rdsClient(this.access, scope), name, { abortSignal: signal }),
    );
    return { name, family: found?.family ?? null, description: found?.description ?? null, parameters };
  }

  private findParameterGroup(name: string, of: ParameterGroupOwner, scope: Scope, signal: AbortSignal | undefined) {
    const api = parameterGroupApis[of];
    const call = { ...this.call(name, scope, `rds:Describe${api.nouns}s`), subject: `parameter group ${name}` };
    return missingToNull(
      awsCall(call, signal, () => api.family(rdsClient(this.access, scope), name, { abortSignal: signal })),
    );
  }

  private async subnetGroup(name: string, scope: Scope, signal: AbortSignal | undefined): Promise<SubnetGroup> {
    const call = { ...this.call(name, scope, 'rds:DescribeDBSubnetGroups'), subject: `subnet group ${name}` };
    const command = new DescribeDBSubnetGroupsCommand({ DBSubnetGroupName: name });
    const { DBSubnetGroups = [] } = await awsCall(call, signal, () =>
      rdsClient(this.access, scope).send(command, { abortSignal: signal }),
    );
    const [group] = DBSubnetGroups;
    return {
      name,
      description: group?.DBSubnetGroupDescription ?? '',
      vpc: group?.VpcId ?? null,
      subnets: (group?.Subnets ?? []).flatMap(({ SubnetIdentifier, SubnetAvailabilityZone }) =>
        SubnetIdentifier === undefined ? [] : [{ id: SubnetIdentifier, zone: SubnetAvailabilityZone?.Name ?? null }],
      ),
    };
  }

  private async hasOptionGroup(name: string, scope: Scope, signal: AbortSignal | undefined): Promise<boolean> {
    const call = { ...this.call(name, scope, 'rds:DescribeOptionGroups'), subject: `option group ${name}` };
    const command = new DescribeOptionGroupsCommand({ OptionGroupName: name });
    const found = await missingToNull(
      awsCall(call, signal, () => rdsClient(this.access, scope).send(command, { abortSignal: signal })),
    );
    return (found?.OptionGroupsList ?? []).length > 0;
  }

  /** Groups of the very ids, or else of the same names in the VPC: another account has its own of them. */
  private async standIns(
    { securityGroups }: SurroundingsQuery,
    vpc: string | null,
    scope: Scope,
    signal: AbortSignal | undefined,
  ): Promise<Record<string, string | null>> {
    if (securityGroups.length === 0) return {};
    const byId = await this.securityGroups({ ids: securityGroups.map(({ id }) => id) }, scope, signal);
    const names = securityGroups.flatMap(({ name }) => name ?? []);
    const byName = names.length === 0 || vpc === null ? [] : await this.securityGroups({ names, vpc }, scope, signal);
    return Object.fromEntries(
      securityGroups.map(({ id, name }) => [
        id,
        (byId.find((group) => group.id === id) ?? byName.find((group) => group.name === name))?.id ?? null,
      ]),
    );
  }

  private async securityGroups(
    which: { readonly ids: readonly string[] } | { readonly names: readonly string[]; readonly vpc: string },
    scope: Scope,
    signal: AbortSignal | undefined,
  ): Promise<SecurityGroup[]> {
    // Filters answer with what there is; asked for ids, EC2 refuses all for one that is gone.
    const filters =
      'ids' in which
        ? [{ Name: 'group-id', Values: [...which.ids] }]
        : [
            { Name: 'group-name', Values: [...which.names] },
            { Name: 'vpc-id', Values: [which.vpc] },
          ];
    if (filters[0]?.Values.length === 0) return [];
    const call = { ...this.call('', scope, 'ec2:DescribeSecurityGroups'), subject: 'security groups' };
    // Loaded by the first who asks: few do, and it takes 72 MiB of every process.
    const { EC2Client, paginateDescribeSecurityGroups } = await import('@aws-sdk/client-ec2');
    const client = this.access.client(EC2Client, scope);
    const pages = awsPages(call, signal, () =>
      paginateDescribeSecurityGroups({ client }, { Filters: filters }, { abortSignal: signal }),
    );
    const found: SecurityGroup[] = [];
    for await (const { SecurityGroups = [] } of pages)
      for (const group of SecurityGroups)
        found.push({
          id: group.GroupId ?? '',
          name: group.GroupName ?? null,
          description: group.Description ?? null,
          vpc: group.VpcId ?? null,
          ingress: (group.IpPermissions ?? []).map(toRule),
          egress: (group.IpPermissionsEgress ?? []).map(toRule),
        });
    return found;
  }

  private async tagsOf(arn: string, scope: Scope, signal: AbortSignal | undefined) {
    const call = { ...this.call(arn, scope, 'rds:ListTagsForResource'), subject: arn };
    const { TagList } = await awsCall(call, signal, () =>
      rdsClient(this.access, scope).send(new ListTagsForResourceCommand({ ResourceName: arn }), {
        abortSignal: signal,
      }),
    );
    return fromTagList(TagList);
  }

  private call(id: string, scope: Scope, action: string): AwsCall {
    return rdsCall(`${this.api.noun} ${id}`, scope, action);
  }
}

function toRule(permission: IpPermission): SecurityRule {
  const {
    IpProtocol,
    FromPort,
    ToPort,
    IpRanges = [],
    Ipv6Ranges = [],
    UserIdGroupPairs = [],
    PrefixListIds = [],
  } = permission;
  return {
    protocol: IpProtocol ?? '-1',
    fromPort: FromPort ?? null,
    toPort: ToPort ?? null,
    peers: [
      ...IpRanges.map(({ CidrIp }) => CidrIp),
      ...Ipv6Ranges.map(({ CidrIpv6 }) => CidrIpv6),
      ...UserIdGroupPairs.map(({ GroupId }) => GroupId),
      ...PrefixListIds.map(({ PrefixListId }) => PrefixListId),
    ].flatMap((peer) => peer ?? []),
  };
}

function adopted<T extends Pick<RestoredInstance, 'arn' | 'tags' | 'status'>>(
  found: T,
  ownership: Ownership,
  call: AwsCall,
): T {
  if (isOwned(found.tags, ownership)) {
    if (found.status === 'deleting')
      throw applicationFailure(failureTypes.busy, `${where(call)}: ${found.arn} is being deleted`);
    return found;
  }
  throw applicationFailure(
    failureTypes.conflict,
    `${where(call)}: ${found.arn} exists and is not of this restore; nothing is overwritten: choose another identifier`,
  );
}

const where = ({ subject, account, region }: AwsCall) => `${subject} (${account}/${region})`;

async function unless<T>(type: string, work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (failureTypeOf(error) !== type) throw error;
    return undefined;
  }
}

const orNothing = <T>(work: Promise<T | undefined>): Promise<T | undefined> => unless(failureTypes.notFound, work);

/** What a database is attached to counts as missing configuration where it is wanted; where it is looked for, as absent. */
async function missingToNull<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    const code = (error as { details?: [{ code?: string }?] } | null)?.details?.[0]?.code ?? '';
    if (/NotFound/.test(code)) return undefined;
    throw error;
  }
}
