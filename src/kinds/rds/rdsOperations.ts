import { AddTagsToResourceCommand, DescribeAccountAttributesCommand } from '@aws-sdk/client-rds';
import { askTogether } from '../../clouds/aws/askTogether';
import { type AwsAccess } from '../../clouds/aws/awsAccess';
import { awsCall, awsPages, type AwsCall } from '../../clouds/aws/awsFailure';
import { type KeyLoan, KeyLoans } from '../../clouds/aws/keyLoans';
import { type AwsKeys } from '../../clouds/aws/keys';
import { applicationFailure } from '../../core/applicationFailure';
import { copyTags, isHeld, type Copy, type CopyRef, type Scope } from '../../core/catalogue/copy';
import { failureTypeOf, failureTypes } from '../../core/failure';
import { type KindDescription } from '../../core/kind';
import { type LimitName } from '../../core/limits/limit';
import { type Resource, type ResourceRef, type SourceEncryption } from '../../core/resource';
import {
  type BundleAbility,
  type Clouds,
  type CopyName,
  type CopyOperations,
  type CopyRequest,
  type KindOperations,
  type LeftoverAbility,
  type Operation,
  type RestoreAbility,
  type SnapshotRequest,
  type SqlAbility,
} from '../kind';
import { copySteps } from '../steps/copySteps';
import { differenceFrom, type Origin } from './adoption';
import { placeOfArn } from './arn';
import { rdsBundle } from './bundle/rdsBundle';
import { databaseConnections } from './connect/databaseConnections';
import { exportStep } from './exports/exportStep';
import { rdsCall } from './rdsCall';
import { rdsClient } from './rdsClient';
import { RdsExports } from './exports/rdsExports';
import { rdsLeftovers } from './restore/rdsLeftovers';
import { RdsRestore } from './restore/rdsRestore';
import { rdsRestoreAbility } from './restore/rdsRestoreAbility';
import { type RestoreApi } from './restore/restoreApi';
import { restoreOperations, sqlEndpoint } from './restore/restoreSteps';
import { sightings } from './sightings';
import { type SnapshotApi, type SnapshotQuestion } from './snapshotApi';
import { toTagList } from './tags';

/** The rules of databases in RDS, the same for all kinds; {@link SnapshotApi} and {@link RestoreApi} have the calls. */
export class RdsOperations implements KindOperations {
  readonly description: KindDescription;
  readonly steps: Readonly<Record<string, Operation>>;
  readonly copies: CopyOperations;
  readonly restore: RestoreAbility;
  readonly bundle?: BundleAbility;
  readonly leftovers: LeftoverAbility;
  readonly sql?: SqlAbility;
  /** Of one kind, for all that the API of RDS shows. */
  readonly sightings?: KindOperations['sightings'];
  private readonly access: AwsAccess;
  private readonly keys: AwsKeys;
  private readonly exports: RdsExports;
  private readonly loans: KeyLoans;
  private readonly resource = askTogether((scope, ids) => this.resourcesById(scope, ids));
  private readonly find = askTogether((scope, ids) => byId(this.snapshots(scope, ids)));

  constructor(
    private readonly api: SnapshotApi,
    { access, keys }: Clouds,
    restoreApi: RestoreApi,
  ) {
    this.access = access;
    this.keys = keys;
    const { description, rules, shape } = api.of;
    const { answersSql, exportsFrom } = description.capabilities;
    this.description = description;
    this.exports = new RdsExports(access, keys);
    this.loans = new KeyLoans(access);
    const databases = new RdsRestore(restoreApi, access, keys);
    const keyArn = (scope: Scope, key: string) => keys.arn(scope, key);
    this.copies = {
      snapshot: this.startSnapshot.bind(this),
      copy: this.startCopy.bind(this),
      progress: this.progress.bind(this),
      find: async (marker, scope, signal) => (await this.find(scope, marker, signal)) ?? null,
      cancel: this.cancel.bind(this),
      tag: this.tag.bind(this),
      delete: this.delete.bind(this),
      list: (scope, signal) => this.snapshots(scope, 'own', signal),
      ...(api.of.quota === null ? {} : { stock: this.stockOf(api.of.quota) }),
      sharing: {
        share: this.share.bind(this),
        unshare: this.unshare.bind(this),
        sharedWith: this.sharedWith.bind(this),
      },
    };
    this.steps = {
      ...copySteps({ copies: this.copies, keyArn }),
      ...(rules.limits.export === null ? {} : { export: exportStep({ exports: this.exports, keyArn }) }),
      ...restoreOperations(databases, answersSql),
    };
    const encryption = this.encryption.bind(this);
    const requireLoan = this.requireLoan.bind(this);
    this.restore = rdsRestoreAbility({ shape, rules, operations: databases, encryption, keyArn, requireLoan });
    const connections = databaseConnections(access);
    if (answersSql)
      this.sql = {
        connections,
        locate: async (id, scope, signal) => {
          const found = await databases.progress(id, scope, signal);
          return { sql: sqlEndpoint(found), tags: found.tags };
        },
      };
    // A bundle lies beside copies in buckets.
    if (exportsFrom !== null) this.bundle = rdsBundle(databases, connections);
    this.leftovers = rdsLeftovers(this, databases);
    if (api.of.surveys) this.sightings = (scope, signal) => sightings(access, scope, signal);
  }

  private stockOf(quota: string): NonNullable<CopyOperations['stock']> {
    return async (scope, signal) => {
      const call = rdsCall('quotas', scope, 'rds:DescribeAccountAttributes');
      const { AccountQuotas = [] } = await awsCall(call, signal, () =>
        rdsClient(this.access, scope).send(new DescribeAccountAttributesCommand({}), { abortSignal: signal }),
      );
      const found = AccountQuotas.find(({ AccountQuotaName }) => AccountQuotaName === quota);
      if (found?.Used === undefined || found.Max === undefined)
        throw applicationFailure(
          failureTypes.notFound,
          `RDS tells no quota ${quota} of ${scope.account}/${scope.region}`,
        );
      return { used: found.Used, capacity: found.Max };
    };
  }

  async *discover(scope: Scope, signal?: AbortSignal): AsyncIterable<readonly Resource[]> {
    const call = rdsCall(`${this.api.noun}s`, scope, this.api.describeResourcesAction);
    yield* awsPages(call, signal, () =>
      this.api.resources(rdsClient(this.access, scope), 'all', { abortSignal: signal }),
    );
  }

  async describe(resource: ResourceRef, scope: Scope, signal?: AbortSignal): Promise<Resource> {
    const found = await this.resource(scope, resource.id, signal);
    if (found === undefined) throw notFound(this.resourceCall(scope, [resource.id]));
    return found;
  }

  async encryption({ keyArn }: Pick<Resource, 'keyArn'>, scope: Scope): Promise<SourceEncryption> {
    if (keyArn === null) return { type: 'none' };
    const key = await this.keys.describe(scope, keyArn);
    return { type: key.awsManaged ? 'default' : 'customer', keyArn: key.arn };
  }

  private async share(copy: CopyRef, scope: Scope, account: string, signal?: AbortSignal): Promise<void> {
    const call = rdsCall(`snapshot ${copy.id}`, scope, `rds:Modify${this.api.snapshotNoun}Attribute`);
    const options = { abortSignal: signal };
    await awsCall(call, signal, () =>
      this.api.share(rdsClient(this.access, scope), copy.id, { add: account }, options),
    );
    const loan = await this.loanOf(copy, scope, account, signal);
    if (loan !== null) await this.loans.lend(loan, signal);
  }

  private async unshare(copy: CopyRef, scope: Scope, account: string, signal?: AbortSignal): Promise<void> {
    const call = rdsCall(`snapshot ${copy.id}`, scope, `rds:Modify${this.api.snapshotNoun}Attribute`);
    const options = { abortSignal: signal };
    await unlessGone(
      awsCall(call, signal, () => this.api.share(rdsClient(this.access, scope), copy.id, { remove: account }, options)),
    );
    const loan = await this.loanOf(copy, scope, account, signal);
    if (loan !== null) await this.loans.takeBack(loan, signal);
  }

  /** The key that goes with a copy that a vault lends. Policies of other keys let those in who read all the time. */
  private async loanOf(
    { id }: CopyName,
    lender: Scope,
    account: string,
    signal: AbortSignal | undefined,
  ): Promise<KeyLoan | null> {
    if (lender.access !== 'lender') return null;
    const key = (await this.find(lender, id, signal))?.keyArn ?? null;
    return key === null ? null : loan(lender, key, account, id);
  }

  /** Throws where a restore in another account could not read what is under the key. */
  private async requireLoan(lender: Scope, key: string, borrower: Scope, signal?: AbortSignal): Promise<void> {
    const arn = await this.keys.arn(lender, key);
    if (lender.access === 'lender') await this.loans.require(loan(lender, arn, borrower.account, 'preflight'), signal);
    else await this.keys.describe(borrower, arn);
  }

  private async sharedWith(copy: CopyName, scope: Scope, signal?: AbortSignal): Promise<readonly string[]> {
    const call = rdsCall(`snapshot ${copy.id}`, scope, `rds:Describe${this.api.snapshotNoun}Attributes`);
    try {
      const ask = () => this.api.sharedWith(rdsClient(this.access, scope), copy.id, { abortSignal: signal });
      return await awsCall(call, signal, ask);
    } catch (error) {
      if (failureTypeOf(error) !== failureTypes.notFound) throw error;
      return [];
    }
  }

  private async tag(
    copy: CopyRef,
    scope: Scope,
    tags: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<void> {
    const command = new AddTagsToResourceCommand({ ResourceName: copy.arn, Tags: toTagList(tags) });
    await awsCall(rdsCall(`snapshot ${copy.id}`, scope, 'rds:AddTagsToResource'), signal, () =>
      rdsClient(this.access, scope).send(command, { abortSignal: signal }),
    );
  }

  private async delete(copy: CopyName, scope: Scope, signal?: AbortSignal): Promise<void> {
    // First: of a copy that is gone nobody knows the key.
    const key = scope.access === 'lender' ? ((await this.find(scope, copy.id, signal))?.keyArn ?? null) : null;
    if (key !== null) await this.loans.takeBack({ lender: scope, key, name: loanName(copy.id) }, signal);
    const call = rdsCall(`snapshot ${copy.id}`, scope, `rds:Delete${this.api.snapshotNoun}`);
    await unlessGone(
      awsCall(call, signal, () => this.api.delete(rdsClient(this.access, scope), copy.id, { abortSignal: signal })),
    );
  }

  /**
   * Automated snapshots count as well where snapshots are made: they take the same slots; copies are manual ones. A snapshot
   * in progress that has a source is a copy, in whatever word RDS puts its status.
   */
  async inFlight(scope: Scope, limit: LimitName, signal?: AbortSignal): Promise<readonly string[]> {
    const { snapshot, export: exports } = this.api.of.rules.limits;
    if (limit === exports?.name) return this.exports.inFlight(scope, signal);
    const counts = this.countsAgainst(limit, scope);
    const ids: string[] = [];
    for await (const page of this.snapshots(scope, limit === snapshot?.name ? 'all' : 'manual', signal))
      for (const copy of page) if (copy.status === 'in-progress' && counts(copy)) ids.push(copy.id);
    return ids;
  }

  private countsAgainst(limit: LimitName, scope: Scope): (copy: Copy) => boolean {
    const { snapshot, crossRegionCopy } = this.api.of.rules.limits;
    switch (limit) {
      case snapshot?.name:
        return ({ sourceArn, rawStatus }) => sourceArn === null && rawStatus !== 'copying';
      case crossRegionCopy?.name:
        return ({ sourceArn }) => sourceArn !== null && placeOfArn(sourceArn).region !== scope.region;
      default:
        throw applicationFailure(failureTypes.invalidInput, `${limit} is no limit of ${this.description.name}`);
    }
  }

  private startSnapshot({ resource, marker: id, tags }: SnapshotRequest, signal?: AbortSignal): Promise<Copy> {
    const scope: Scope = { account: resource.account, region: resource.region, access: 'source' };
    const call = rdsCall(`${this.api.noun} ${resource.id}`, scope, `rds:Create${this.api.snapshotNoun}`);
    const create = () => this.api.create(rdsClient(this.access, scope), resource.id, id, tags, { abortSignal: signal });
    return this.startOrAdopt(call, scope, id, { resourceId: resource.id }, tags, create, signal);
  }

  private async startCopy({ source, target, marker: id, key, tags }: CopyRequest, signal?: AbortSignal): Promise<Copy> {
    const keyArn = key === null ? null : await this.keys.arn(target, key);
    const call = {
      ...rdsCall(`snapshot ${source.id}`, target, `rds:Copy${this.api.snapshotNoun}`),
      key: keyArn,
      readsShared: source.account !== target.account,
    };
    const samePlace = source.account === target.account && source.region === target.region;
    const name = samePlace ? source.id : source.arn;
    const create = () => this.api.copy(rdsClient(this.access, target), name, id, keyArn, tags, { abortSignal: signal });
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
      // The snapshot that filled the stock may be this one, made by a try whose answer was lost; and what is proven may be given
      // no tags any more, not even those that it has: that is refused before AWS says that the id is taken.
      if (!mayBeThere.includes(failureTypeOf(error))) throw error;
      refusal = error;
    }
    const found = await this.find(scope, id, signal);
    if (!found && failureTypeOf(refusal) !== failureTypes.conflict) throw refusal;
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
    if (found.tags[copyTags.verified] !== undefined || isHeld(found)) return;
    if (found.tags[copyTags.recoveryPoint] === undefined) {
      const call = this.describeCall(scope, copy.id);
      throw applicationFailure(failureTypes.conflict, `${where(call)}: not ours to remove, it has no tags of Farcopy`);
    }
    await this.delete(found, scope, signal);
  }

  private resourcesById(scope: Scope, ids: readonly string[]): Promise<Map<string, Resource>> {
    const ask = () => this.api.resources(rdsClient(this.access, scope), ids, {});
    return byId(awsPages(this.resourceCall(scope, ids), undefined, ask));
  }

  private resourceCall(scope: Scope, ids: readonly string[]): AwsCall {
    return rdsCall(`${this.api.noun} ${ids.join(', ')}`, scope, this.api.describeResourcesAction);
  }

  private async *snapshots(
    scope: Scope,
    which: SnapshotQuestion,
    signal?: AbortSignal,
  ): AsyncGenerator<readonly Copy[]> {
    const call = this.describeCall(scope, typeof which === 'string' ? `${which} snapshots` : which.join(', '));
    yield* awsPages(call, signal, () =>
      this.api.snapshots(rdsClient(this.access, scope), which, { abortSignal: signal }),
    );
  }

  private describeCall(scope: Scope, id: string): AwsCall {
    return rdsCall(`snapshot ${id}`, scope, `rds:Describe${this.api.snapshotNoun}s`);
  }
}

async function byId<T extends { readonly id: string }>(pages: AsyncIterable<readonly T[]>): Promise<Map<string, T>> {
  const found = new Map<string, T>();
  try {
    for await (const page of pages) for (const one of page) found.set(one.id, one);
  } catch (error) {
    // Asked for one id, RDS answers with a fault where a filter answers with nothing.
    if (failureTypeOf(error) !== failureTypes.notFound) throw error;
  }
  return found;
}

const loan = (lender: Scope, key: string, account: string, of: string): KeyLoan => ({
  lender,
  key,
  borrower: { account, region: lender.region, access: 'restore' },
  name: loanName(of),
});

const loanName = (of: string) => `farcopy/${of}`;

/** Failures of a start behind which there may be what an earlier one has made. */
const mayBeThere: readonly unknown[] = [failureTypes.conflict, failureTypes.stockExhausted, failureTypes.configuration];

const where = ({ subject, account, region }: AwsCall) => `${subject} (${account}/${region})`;

const notFound = (call: AwsCall) => applicationFailure(failureTypes.notFound, `${where(call)}: there is none`);

async function unlessGone(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (failureTypeOf(error) !== failureTypes.notFound) throw error;
  }
}
