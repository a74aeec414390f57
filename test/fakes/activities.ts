import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import {
  type AwaitLegRequest,
  type DiscoveredPage,
  type FleetActivities,
  type FleetScope,
  type Notification,
  type NotificationActivities,
  type PendingOutcome,
  type PermitHolder,
  type RecoveryPointActivities,
  type RecoveryPointIdentity,
  type ResourceAnswer,
  type ResourceOutcome,
  type RoutePlan,
  type ServiceLimitActivities,
  type ServiceLimitStarter,
  type StartLegRequest,
} from '../../src/activities/contracts';
import { type ProtectionActivities } from '../../src/activities/catalogue/lastProtected';
import {
  type RecoveryBundleActivities,
  type SignCopiesRequest,
  type WriteBundleRequest,
} from '../../src/activities/backup/recoveryBundle';
import { serviceLimitActivities } from '../../src/activities/limits/serviceLimit';
import { type TransferActivities } from '../../src/activities/transfer/transferContracts';
import { applicationFailure } from '../../src/core/applicationFailure';
import { type CopyRef } from '../../src/core/catalogue/copy';
import { failureTypes } from '../../src/core/failure';
import { type RequestAnswer } from '../../src/core/backup/lifecycle';
import { type LimitRef } from '../../src/core/limits/limit';
import { recoveryPointId, recoveryPointWorkflowId } from '../../src/core/naming';
import { type Observation, type PermitRequest } from '../../src/core/limits/permitQueue';
import { type ProtectionPolicy } from '../../src/core/backup/policy';
import { type ResourceRef, type SourceEncryption } from '../../src/core/resource';
import { type Leg, planRoute, type RouteCapabilities } from '../../src/core/backup/route';
import { type VerifiedCopy } from '../../src/core/backup/routeWalk';

type Activities = RecoveryPointActivities &
  RecoveryBundleActivities &
  Pick<TransferActivities, 'planTransfer' | 'finishTransfer' | 'cleanUpTransfer'> &
  ServiceLimitActivities &
  ServiceLimitStarter &
  NotificationActivities &
  ProtectionActivities &
  FleetActivities;
type ActivityName = keyof Activities;

/** One call of an activity, as the tests ask for them. */
export interface FakeCall {
  readonly activity: ActivityName;
  /** Account of the resource, limit or scope it is about: each test has its own. */
  readonly account: string;
  /** Id of the resource, empty where it is about several or none. */
  readonly resource: string;
  /** A leg's id, a limit's name, a page. */
  readonly about: string;
  readonly attempt: number;
  /** Server time in epoch milliseconds. */
  readonly at: number;
}

/** Runs before the fake does its own work: waits, calls the test's client, or throws what AWS would have caused. */
export type FakeScript = (call: FakeCall) => void | Promise<void>;

interface FakeOperation {
  readonly leg: Leg;
  readonly startedAt: number;
  readonly endsAt: number;
}

interface Script {
  readonly activity: ActivityName;
  readonly account: string;
  readonly about: string | null;
  readonly run: FakeScript;
}

const auroraCapabilities: RouteCapabilities = {
  snapshotLimit: 'cluster-snapshots-in-progress',
  crossRegionCopyLimit: 'cluster-snapshot-cross-region-copies',
  encryptsPlainOnCopy: false,
};
const customerKey: SourceEncryption = { type: 'customer', keyArn: 'arn:aws:kms:eu-west-1:999999999999:key/customer' };
const tenMinutes = 600;

/**
 * The activities of Farcopy without clouds, on the Temporal server's clock: operations take as long as a test says, and
 * every call can be scripted. Tests are told apart by account.
 */
export class FakeActivities {
  readonly calls: FakeCall[] = [];
  readonly notifications: Notification[] = [];
  /** By the account of the database; {@link signed} by that of the first copy. */
  readonly bundles = new Map<string, WriteBundleRequest>();
  readonly signed = new Map<string, SignCopiesRequest>();
  /** What describing a database answers. */
  described: (resource: ResourceRef) => { readonly unread: readonly string[] } | null = () => ({ unread: [] });
  /** Seconds an operation takes; ten minutes by default. */
  operationSeconds: (leg: Leg) => number = () => tenMinutes;
  /** How a resource is encrypted; under a customer key by default. */
  encryption: (resource: ResourceRef) => SourceEncryption = () => customerKey;
  /** What the clouds know of a resource from before its lifecycle, by account. */
  readonly lastProtected = new Map<string, string>();
  /** What others have in flight under a limit. */
  readonly foreign = new Map<string, string[]>();
  readonly scopes = new Map<string, FleetScope[]>();
  /** The resources of a fleet by account, each array a page. */
  readonly pages = new Map<string, DiscoveredPage[]>();
  answers: (resource: ResourceRef, scheduledTime: string) => Omit<ResourceAnswer, 'resource'> = (_, scheduledTime) => ({
    disposition: 'started',
    scheduledTime,
    error: null,
  });
  /** Asks the real lifecycle of a resource instead of {@link answers}; null: does not. */
  requestFor: ((resource: ResourceRef, scheduledTime: string) => Promise<RequestAnswer>) | null = null;
  /** How the recovery points of a fleet end; null: as the real workflows do. */
  outcomes: ((resource: ResourceRef) => Pick<ResourceOutcome, 'state' | 'reason'> | null) | null = null;

  private readonly scripts: Script[] = [];
  private readonly operations = new Map<string, FakeOperation>();
  private readonly highWaterMarks = new Map<string, number>();

  /** @param now the server's clock, epoch milliseconds */
  constructor(private readonly now: () => Promise<number>) {}

  /** Has `run` called before an activity does its work; `about` null is any. */
  on(activity: ActivityName, account: string, about: string | null, run: FakeScript): void {
    this.scripts.push({ activity, account, about, run });
  }

  /** What was called for an account, in order: `startLeg copy:secure`. */
  callsOf(account: string, ...activities: ActivityName[]): string[] {
    return this.calls
      .filter((call) => call.account === account && (activities.length === 0 || activities.includes(call.activity)))
      .map((call) => `${call.activity} ${call.about}`);
  }

  /** The most operations that were in flight under a limit at one time. */
  highWater(ref: LimitRef): number {
    return this.highWaterMarks.get(limitKey(ref)) ?? 0;
  }

  /** What a worker registers. */
  get all(): Activities {
    return {
      planRecoveryPoint: (...args) => this.planRecoveryPoint(...args),
      startLeg: (request) => this.startLeg(request),
      awaitLeg: (request) => this.awaitLeg(request),
      cancelLeg: async ({ identity, leg }) => {
        await this.enter('cancelLeg', identity.resource.account, leg.id);
        this.operations.delete(operationKey(leg));
      },
      shareCopy: async (leg) => void (await this.enter('shareCopy', leg.scope.account, leg.id)),
      unshareCopy: async (leg) => void (await this.enter('unshareCopy', leg.scope.account, leg.id)),
      deleteTemporaryCopy: async (identity, leg) => {
        await this.enter('deleteTemporaryCopy', identity.resource.account, leg.id);
        this.operations.delete(operationKey(leg));
      },
      writeRecoveryBundle: async (request) => {
        const { resource, bucket } = request;
        await this.enter('writeRecoveryBundle', resource.account, bucket, resource.id);
        this.bundles.set(resource.account, request);
        return this.described(resource);
      },
      signCopies: async (request) => {
        const account = request.copies[0]?.scope.account ?? '';
        await this.enter('signCopies', account, request.copies.map(({ copy }) => copy.region).join(' '));
        this.signed.set(account, request);
      },
      // A transfer without shards: what becomes of them is tested by itself.
      planTransfer: async ({ identity: { resource }, target }) => {
        await this.enter('planTransfer', resource.account, target, resource.id);
        return { shards: 0, objects: 0, bytes: 0 };
      },
      finishTransfer: async ({ identity: { resource }, target }) => {
        await this.enter('finishTransfer', resource.account, target, resource.id);
        return { objects: 0, bytes: 0, manifestSha256: `manifest in ${target}`, bundleSha256: 'bundle' };
      },
      cleanUpTransfer: async ({ identity: { resource }, target }) =>
        void (await this.enter('cleanUpTransfer', resource.account, target, resource.id)),
      observeLimit: (ref, _access, permits) => this.observeLimit(ref, permits),
      startServiceLimit: async (ref: LimitRef, request: PermitRequest) => {
        await this.enter('startServiceLimit', request.resource.account, ref.limit);
        // The real one: it calls Temporal only.
        await serviceLimitActivities([]).startServiceLimit(ref, request);
      },
      lastProtected: async (resource) => {
        await this.enter('lastProtected', resource.account, resource.id, resource.id);
        return this.lastProtected.get(resource.account) ?? null;
      },
      notify: async (notification) => {
        await this.enter('notify', notification.fleet, notification.event);
        this.notifications.push(notification);
      },
      listScopes: async (fleet) => {
        await this.enter('listScopes', fleet, fleet);
        return this.scopes.get(fleet) ?? [];
      },
      discoverResources: (_fleet, _tier, scope, after) => this.discoverResources(scope, after),
      requestRecoveryPoints: async (_fleet, _tier, resources, scheduledTime) => {
        const account = resources[0]?.account ?? '';
        await this.enter('requestRecoveryPoints', account, resources.map(({ id }) => id).join(' '));
        return Promise.all(
          resources.map(async (resource) => {
            const answer = await this.requestFor?.(resource, scheduledTime);
            return answer === undefined
              ? { resource, ...this.answers(resource, scheduledTime) }
              : { resource, ...answer, error: null };
          }),
        );
      },
      collectOutcomes: (pending, pollSeconds) => this.collectOutcomes(pending, pollSeconds),
    };
  }

  private async enter(activity: ActivityName, account: string, about: string, resource = ''): Promise<number> {
    const at = await this.now();
    const call = { activity, account, about, resource, attempt: Context.current().info.attempt, at };
    this.calls.push(call);
    for (const script of this.scripts)
      if (script.activity === activity && script.account === account && (script.about ?? about) === about)
        await script.run(call);
    return at;
  }

  private async planRecoveryPoint(identity: RecoveryPointIdentity, policy: ProtectionPolicy): Promise<RoutePlan> {
    const { resource, scheduledTime } = identity;
    await this.enter('planRecoveryPoint', resource.account, resource.id);
    const legs = planRoute(resource, this.encryption(resource), policy, auroraCapabilities, scheduledTime);
    return { legs, sizeGiB: 1 };
  }

  private async startLeg({ identity, leg, source }: StartLegRequest): Promise<CopyRef> {
    const now = await this.enter('startLeg', identity.resource.account, leg.id, identity.resource.id);
    if (leg.type === 'copy' && source === null) throw new Error(`${leg.id} was started without its source`);
    const key = operationKey(leg);
    if (!this.operations.has(key))
      this.operations.set(key, { leg, startedAt: now, endsAt: now + this.operationSeconds(leg) * 1000 });
    if (leg.limit !== null) {
      const mark = limitKey(leg.limit);
      this.highWaterMarks.set(mark, Math.max(this.highWaterMarks.get(mark) ?? 0, this.inFlight(leg.limit, now).length));
    }
    return copyRef(identity, leg);
  }

  private async awaitLeg({ identity, leg, source, polling }: AwaitLegRequest): Promise<VerifiedCopy> {
    const now = await this.enter('awaitLeg', identity.resource.account, leg.id, identity.resource.id);
    const operation = this.operations.get(operationKey(leg));
    if (operation === undefined) throw applicationFailure(failureTypes.notFound, `${leg.copyId} is gone`);
    const left = (operation.endsAt - now) / 1000;
    if (left > 0) {
      const retryAfterSeconds = Math.min(polling.longestSeconds, Math.max(polling.shortestSeconds, left));
      throw applicationFailure(failureTypes.notReady, `${leg.copyId} is being made`, { retryAfterSeconds });
    }
    return {
      ...copyRef(identity, leg),
      place: leg.place,
      keyArn: leg.key,
      sizeGiB: 1,
      dataTime: source?.dataTime ?? new Date(operation.startedAt).toISOString(),
      verifiedAt: new Date(now).toISOString(),
    };
  }

  private async observeLimit(ref: LimitRef, permits: readonly PermitHolder[]): Promise<Observation> {
    const now = await this.enter('observeLimit', ref.account, ref.limit);
    const ended = await Promise.all(
      permits.map(async (permit) => ((await hasEnded(permit)) ? [permit.requestId] : [])),
    );
    return {
      inFlight: [...this.inFlight(ref, now), ...(this.foreign.get(limitKey(ref)) ?? [])],
      ended: ended.flat(),
    };
  }

  private inFlight(ref: LimitRef, now: number): string[] {
    return [...this.operations.values()]
      .filter(({ leg, endsAt }) => leg.limit !== null && limitKey(leg.limit) === limitKey(ref) && endsAt > now)
      .map(({ leg }) => leg.copyId);
  }

  private async discoverResources({ account }: FleetScope, after: string | null): Promise<DiscoveredPage> {
    const pages = this.pages.get(account) ?? [];
    const index = after === null ? 0 : pages.findIndex((page) => page.next === after) + 1;
    await this.enter('discoverResources', account, `page ${index + 1}`);
    return pages[index] ?? { resources: [], problems: [], next: null };
  }

  private async collectOutcomes(pending: readonly PendingOutcome[], pollSeconds: number): Promise<ResourceOutcome[]> {
    await this.enter(
      'collectOutcomes',
      pending[0]?.resource.account ?? '',
      pending.map((p) => p.resource.id).join(' '),
    );
    return Promise.all(
      pending.map(async (one) => {
        const scripted = this.outcomes?.(one.resource);
        return { ...one, ...(scripted ?? (await this.outcomeOf(one, pollSeconds))) };
      }),
    );
  }

  private async outcomeOf({ resource, scheduledTime }: PendingOutcome, pollSeconds: number) {
    const { client } = Context.current();
    const handle = client.workflow.getHandle(recoveryPointWorkflowId(recoveryPointId(resource, scheduledTime)));
    const { status } = await handle.describe();
    if (status.name === 'RUNNING')
      throw applicationFailure(failureTypes.notReady, `${handle.workflowId} runs`, { retryAfterSeconds: pollSeconds });
    if (status.name === 'COMPLETED') return { state: 'completed', reason: null } as const;
    return { state: 'failed', reason: status.name } as const;
  }
}

/** The key under which {@link FakeActivities.foreign} keeps a limit. */
export function limitKey({ account, region, limit }: LimitRef): string {
  return `${account}/${region}/${limit}`;
}

function operationKey({ scope, copyId }: Leg): string {
  return `${scope.account}/${scope.region}/${copyId}`;
}

function copyRef({ resource }: RecoveryPointIdentity, { scope, copyId }: Leg): CopyRef {
  const { account, region } = scope;
  return {
    kind: resource.kind,
    account,
    region,
    id: copyId,
    arn: `arn:aws:rds:${region}:${account}:cluster-snapshot:${copyId}`,
  };
}

async function hasEnded({ holderWorkflowId, holderRunId }: PermitHolder): Promise<boolean> {
  try {
    const { status } = await Context.current().client.workflow.getHandle(holderWorkflowId, holderRunId).describe();
    return status.name !== 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return true;
    throw error;
  }
}
