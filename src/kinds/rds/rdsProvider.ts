import { AddTagsToResourceCommand } from '@aws-sdk/client-rds';
import { askTogether } from '../../clouds/aws/askTogether';
import { type AwsAccess } from '../../clouds/aws/awsAccess';
import { awsCall, awsPages, type AwsCall } from '../../clouds/aws/awsFailure';
import { type AwsKeys } from '../../clouds/aws/keys';
import { applicationFailure } from '../../core/applicationFailure';
import { copyTags, noHold, type Copy, type CopyRef, type Scope } from '../../core/catalogue/copy';
import { failureTypeOf, failureTypes } from '../../core/failure';
import { type LimitName } from '../../core/limits/limit';
import { type Resource, type ResourceRef, type SourceEncryption } from '../../core/resource';
import {
  type CopyName,
  type CopyRequest,
  type Operation,
  type ResourceProvider,
  type SnapshotRequest,
} from '../resourceProvider';
import { type ExportOperations } from '../exportOperations';
import { type RestoreOperations } from '../restoreOperations';
import { differenceFrom, type Origin } from './adoption';
import { placeOfArn } from './arn';
import { RdsExports } from './rdsExports';
import { RdsRestore } from './rdsRestore';
import { type RestoreApi } from './restoreApi';
import { type SnapshotApi } from './snapshotApi';
import { toTagList } from './tags';

/** The rules of snapshots in RDS, the same for clusters and instances; {@link SnapshotApi} has the calls. */
export class RdsProvider implements ResourceProvider {
  readonly kind;
  readonly capabilities;
  readonly snapshot: Operation<SnapshotRequest>;
  readonly copy: Operation<CopyRequest>;
  readonly restore: RestoreOperations;
  readonly exports: ExportOperations;
  private readonly questions = new Map<string, (id: string, signal?: AbortSignal) => Promise<Copy | undefined>>();

  constructor(
    private readonly api: SnapshotApi,
    private readonly access: AwsAccess,
    private readonly keys: AwsKeys,
    restoreApi: RestoreApi,
  ) {
    this.kind = api.kind;
    this.capabilities = api.capabilities;
    const progress = this.progress.bind(this);
    const cancel = this.cancel.bind(this);
    this.snapshot = { start: this.startSnapshot.bind(this), progress, cancel };
    this.copy = { start: this.startCopy.bind(this), progress, cancel };
    this.restore = new RdsRestore(restoreApi, access, keys);
    this.exports = new RdsExports(access, keys);
  }

  async *discover(scope: Scope, signal?: AbortSignal): AsyncIterable<readonly Resource[]> {
    const call = this.call(`${this.api.noun}s`, scope, this.api.describeResourcesAction);
    yield* awsPages(call, signal, () => this.api.resources(this.access.rds(scope), null, { abortSignal: signal }));
  }

  async describe(resource: ResourceRef, scope: Scope, signal?: AbortSignal): Promise<Resource> {
    const call = this.call(`${this.api.noun} ${resource.id}`, scope, this.api.describeResourcesAction);
    const found = awsPages(call, signal, () =>
      this.api.resources(this.access.rds(scope), resource.id, { abortSignal: signal }),
    );
    for await (const [described] of found) if (described) return described;
    throw notFound(call);
  }

  async encryption({ keyArn }: Pick<Resource, 'keyArn'>, scope: Scope): Promise<SourceEncryption> {
    if (keyArn === null) return { type: 'none' };
    const key = await this.keys.describe(scope, keyArn);
    return { type: key.awsManaged ? 'default' : 'customer', keyArn: key.arn };
  }

  async share(copy: CopyRef, scope: Scope, account: string, signal?: AbortSignal): Promise<void> {
    const call = this.call(`snapshot ${copy.id}`, scope, `rds:Modify${this.api.snapshotNoun}Attribute`);
    const options = { abortSignal: signal };
    await awsCall(call, signal, () => this.api.share(this.access.rds(scope), copy.id, { add: account }, options));
  }

  async unshare(copy: CopyRef, scope: Scope, account: string, signal?: AbortSignal): Promise<void> {
    const call = this.call(`snapshot ${copy.id}`, scope, `rds:Modify${this.api.snapshotNoun}Attribute`);
    const options = { abortSignal: signal };
    await unlessGone(
      awsCall(call, signal, () => this.api.share(this.access.rds(scope), copy.id, { remove: account }, options)),
    );
  }

  async sharedWith(copy: CopyName, scope: Scope, signal?: AbortSignal): Promise<readonly string[]> {
    const call = this.call(`snapshot ${copy.id}`, scope, `rds:Describe${this.api.snapshotNoun}Attributes`);
    try {
      const ask = () => this.api.sharedWith(this.access.rds(scope), copy.id, { abortSignal: signal });
      return await awsCall(call, signal, ask);
    } catch (error) {
      if (failureTypeOf(error) !== failureTypes.notFound) throw error;
      return [];
    }
  }

  async tag(copy: CopyRef, scope: Scope, tags: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<void> {
    const command = new AddTagsToResourceCommand({ ResourceName: copy.arn, Tags: toTagList(tags) });
    await awsCall(this.call(`snapshot ${copy.id}`, scope, 'rds:AddTagsToResource'), signal, () =>
      this.access.rds(scope).send(command, { abortSignal: signal }),
    );
  }

  async delete(copy: CopyName, scope: Scope, signal?: AbortSignal): Promise<void> {
    const call = this.call(`snapshot ${copy.id}`, scope, `rds:Delete${this.api.snapshotNoun}`);
    await unlessGone(
      awsCall(call, signal, () => this.api.delete(this.access.rds(scope), copy.id, { abortSignal: signal })),
    );
  }

  listCopies(scope: Scope, signal?: AbortSignal): AsyncIterable<readonly Copy[]> {
    return this.snapshots(scope, 'manual', signal);
  }

  /**
   * Automated snapshots count as well where snapshots are made: they take the same slots; copies are manual ones. A snapshot in progress that has a source is a copy, in
   * whatever word RDS puts its status.
   */
  async inFlight(scope: Scope, limit: LimitName, signal?: AbortSignal): Promise<readonly string[]> {
    const counts = this.countsAgainst(limit, scope);
    const arns: string[] = [];
    for await (const page of this.snapshots(
      scope,
      limit === this.capabilities.snapshotLimit ? 'all' : 'manual',
      signal,
    )) {
      for (const copy of page) if (copy.status === 'in-progress' && counts(copy)) arns.push(copy.arn);
    }
    return arns;
  }

  private countsAgainst(limit: LimitName, scope: Scope): (copy: Copy) => boolean {
    switch (limit) {
      case this.capabilities.snapshotLimit:
        return ({ sourceArn, rawStatus }) => sourceArn === null && rawStatus !== 'copying';
      case this.capabilities.crossRegionCopyLimit:
        return ({ sourceArn }) => sourceArn !== null && placeOfArn(sourceArn).region !== scope.region;
      default:
        throw applicationFailure(failureTypes.invalidInput, `${limit} is no limit of ${this.kind}`);
    }
  }

  private startSnapshot({ resource, id, tags }: SnapshotRequest, signal?: AbortSignal): Promise<Copy> {
    const scope: Scope = { account: resource.account, region: resource.region, access: 'source' };
    const call = this.call(`${this.api.noun} ${resource.id}`, scope, `rds:Create${this.api.snapshotNoun}`);
    const create = () => this.api.create(this.access.rds(scope), resource.id, id, tags, { abortSignal: signal });
    return this.startOrAdopt(call, scope, id, { resourceId: resource.id }, tags, create, signal);
  }

  private async startCopy({ source, target, id, key, tags }: CopyRequest, signal?: AbortSignal): Promise<Copy> {
    const keyArn = key === null ? null : await this.keys.arn(target, key);
    const call = {
      ...this.call(`snapshot ${source.id}`, target, `rds:Copy${this.api.snapshotNoun}`),
      key: keyArn,
      readsShared: source.account !== target.account,
    };
    const samePlace = source.account === target.account && source.region === target.region;
    const name = samePlace ? source.id : source.arn;
    const create = () => this.api.copy(this.access.rds(target), name, id, keyArn, tags, { abortSignal: signal });
    return this.startOrAdopt(call, target, id, { sourceArn: source.arn }, tags, create, signal);
  }

  /** Creates first and asks only when the id is taken: a first try costs one call. */
  private async startOrAdopt(
    call: AwsCall,
    scope: Scope,
    id: string,
    origin: Origin,
    tags: Readonly<Record<string, string>>,
    create: () => Promise<Copy>,
    signal?: AbortSignal,
  ): Promise<Copy> {
    let refusal: unknown;
    try {
      return await awsCall(call, signal, create);
    } catch (error) {
      // The snapshot that filled the stock may be this one, made by a try whose answer was lost.
      const type = failureTypeOf(error);
      if (type !== failureTypes.conflict && type !== failureTypes.stockExhausted) throw error;
      refusal = error;
    }
    const found = await this.find(scope, id, signal);
    if (!found && failureTypeOf(refusal) === failureTypes.stockExhausted) throw refusal;
    if (!found || found.status === 'deleting') {
      throw applicationFailure(failureTypes.busy, `${where(call)}: ${id} is being deleted`);
    }
    const difference = differenceFrom(found, origin, tags);
    if (difference !== null) {
      throw applicationFailure(
        failureTypes.conflict,
        `${where(call)}: ${found.arn} exists and is not ours, ${difference}; rename or delete it`,
      );
    }
    if (found.status !== 'failed') return found;
    // AWS keeps what has failed, and its id with it.
    await this.delete(found, scope, signal);
    try {
      return await awsCall(call, signal, create);
    } catch (error) {
      if (failureTypeOf(error) !== failureTypes.conflict) throw error;
      throw applicationFailure(failureTypes.busy, `${where(call)}: ${id} had failed and is being deleted`);
    }
  }

  private async progress(copy: CopyName, scope: Scope, signal?: AbortSignal): Promise<Copy> {
    const found = await this.find(scope, copy.id, signal);
    if (!found) throw notFound(this.describeCall(scope, copy.id));
    return found;
  }

  /** What became available between the look and the deletion is deleted: RDS has no conditional delete. */
  private async cancel(copy: CopyName, scope: Scope, signal?: AbortSignal): Promise<void> {
    const found = await this.find(scope, copy.id, signal);
    if (!found || (found.status !== 'in-progress' && found.status !== 'failed')) return;
    // What was once proven, or is held, is a copy, whatever its status says now.
    if (found.tags[copyTags.verified] !== undefined || (found.tags[copyTags.hold] ?? noHold) !== noHold) return;
    if (found.tags[copyTags.recoveryPoint] === undefined) {
      const call = this.describeCall(scope, copy.id);
      throw applicationFailure(failureTypes.conflict, `${where(call)}: not ours to remove, it has no tags of Farcopy`);
    }
    await this.delete(found, scope, signal);
  }

  private find(scope: Scope, id: string, signal?: AbortSignal): Promise<Copy | undefined> {
    const place = [scope.access, scope.account, scope.region].join(' ');
    let ask = this.questions.get(place);
    if (!ask) this.questions.set(place, (ask = askTogether((ids) => this.byId(scope, ids))));
    return ask(id, signal);
  }

  private async byId(scope: Scope, ids: readonly string[]): Promise<Map<string, Copy>> {
    const found = new Map<string, Copy>();
    try {
      for await (const page of this.snapshots(scope, ids)) for (const copy of page) found.set(copy.id, copy);
    } catch (error) {
      // Asked for one id, RDS answers with a fault where a filter answers with nothing.
      if (failureTypeOf(error) !== failureTypes.notFound) throw error;
    }
    return found;
  }

  private async *snapshots(
    scope: Scope,
    which: 'all' | 'manual' | readonly string[],
    signal?: AbortSignal,
  ): AsyncGenerator<readonly Copy[]> {
    const call = this.describeCall(scope, typeof which === 'string' ? `${which} snapshots` : which.join(', '));
    yield* awsPages(call, signal, () => this.api.snapshots(this.access.rds(scope), which, { abortSignal: signal }));
  }

  private describeCall(scope: Scope, id: string): AwsCall {
    return this.call(`snapshot ${id}`, scope, `rds:Describe${this.api.snapshotNoun}s`);
  }

  private call(subject: string, { account, region, access }: Scope, action: string): AwsCall {
    return { subject, account, region, access, action };
  }
}

const where = ({ subject, account, region }: AwsCall) => `${subject} (${account}/${region})`;

const notFound = (call: AwsCall) => applicationFailure(failureTypes.notFound, `${where(call)}: there is none`);

async function unlessGone(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (failureTypeOf(error) !== failureTypes.notFound) throw error;
  }
}
