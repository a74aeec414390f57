import { type Notification } from '../../src/core/notification';
import { type FleetScope } from '../../src/core/fleetScope';
import {
  type DiscoveredPage,
  type ResourceOutcome,
  type ResourceAnswer,
  type PendingOutcome,
} from '../../src/core/backup/fleetRound';
import { type BackupPlan } from '../../src/core/backup/recoveryPointPlan';
import { Context } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { type PlanActivities } from '../../src/activities/backup/planContracts';
import {
  type FleetActivities,
  type ServiceLimitActivities,
  type ServiceLimitStarter,
} from '../../src/activities/contracts';
import { type HandingOver } from '../../src/activities/notify/alertContracts';
import { type ProtectionActivities } from '../../src/activities/catalogue/lastProtected';
import {
  type AwaitStepRequest,
  type StepActivities,
  type StepRequest,
  type UndoStepRequest,
} from '../../src/activities/steps/stepContracts';
import { serviceLimitActivities } from '../../src/activities/limits/serviceLimit';
import { type TransferActivities } from '../../src/activities/transfer/transferContracts';
import { applicationFailure } from '../../src/core/applicationFailure';
import { type CopyRef, type RecoveryPointIdentity } from '../../src/core/catalogue/copy';
import { failureTypes } from '../../src/core/failure';
import { type RequestAnswer } from '../../src/core/backup/lifecycle';
import { type LimitRef } from '../../src/core/limits/limit';
import { recoveryPointId, recoveryPointWorkflowId } from '../../src/core/naming';
import { type Observation, type PermitRequest, type PermitHolder } from '../../src/core/limits/permitQueue';
import { type ProtectionPolicy } from '../../src/core/backup/policy';
import { type ResourceRef, type SourceEncryption } from '../../src/core/resource';
import { type Step } from '../../src/core/steps/step';
import { type StepResult, type StepStarted } from '../../src/core/steps/stepResult';
import { knownKinds } from '../../src/kinds/registry';

type Activities = PlanActivities &
  StepActivities &
  Pick<TransferActivities, 'planTransfer' | 'finishTransfer' | 'cleanUpTransfer'> &
  ServiceLimitActivities &
  ServiceLimitStarter &
  HandingOver &
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
  /** A step's id, a limit's name, a page. */
  readonly about: string;
  readonly attempt: number;
  /** Server time in epoch milliseconds. */
  readonly at: number;
}

/** Runs before the fake does its own work: waits, calls the test's client, or throws what AWS would have caused. */
export type FakeScript = (call: FakeCall) => void | Promise<void>;

interface FakeOperation {
  readonly step: Step;
  readonly startedAt: number;
  readonly endsAt: number;
}

interface Script {
  readonly activity: ActivityName;
  readonly account: string;
  readonly about: string | null;
  readonly run: FakeScript;
}

const customerKey: SourceEncryption = { type: 'customer', keyArn: 'arn:aws:kms:eu-west-1:999999999999:key/customer' };
const tenMinutes = 600;

/**
 * The activities of Farcopy without clouds, on the Temporal server's clock: operations take as long as a test says, and
 * every call can be scripted. Tests are told apart by account.
 */
export class FakeActivities {
  readonly calls: FakeCall[] = [];
  readonly notifications: Notification[] = [];
  /** The steps that describe a resource and sign its copies, by the account of the resource. */
  readonly described = new Map<string, StepRequest>();
  readonly signed = new Map<string, StepRequest>();
  /** What could not be read of a resource that is described. */
  unread: (resource: ResourceRef) => readonly string[] = () => [];
  /** Why a resource is at rest, null while it is not. */
  resting: (resource: ResourceRef) => string | null = () => null;
  /** Seconds an operation takes; ten minutes by default. */
  operationSeconds: (step: Step) => number = () => tenMinutes;
  /** How a resource is encrypted; under a customer key by default. */
  encryption: (resource: ResourceRef) => SourceEncryption = () => customerKey;
  /** What the clouds know of a resource from before its lifecycle, by account. */
  readonly lastProtected = new Map<string, string>();
  /** What the fleet file says of the tier of a resource, by its account. */
  readonly policies = new Map<string, ProtectionPolicy>();
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

  /** What was called for an account, in order: `startStep copy:secure`. */
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
      planBackup: (identity) => this.planBackup(identity),
      startStep: (request) => this.startStep(request),
      awaitStep: (request) => this.awaitStep(request),
      undoStep: async ({ identity, step }: UndoStepRequest) => {
        await this.enter('undoStep', identity.resource.account, step.id);
        if (step.type !== 'share') this.operations.delete(operationKey(step));
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
      handOverNotification: async (notification) => {
        await this.enter('handOverNotification', notification.fleet, notification.event);
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

  private async planBackup(identity: RecoveryPointIdentity): Promise<BackupPlan> {
    const { resource, scheduledTime } = identity;
    const policy = this.policies.get(resource.account);
    if (policy === undefined) throw new Error(`no test has named the policy of ${resource.account}`);
    await this.enter('planBackup', resource.account, resource.id);
    const resting = this.resting(resource);
    if (resting !== null) return { steps: [], sizeGiB: 1, resting };
    const planned = { ...resource, encryption: this.encryption(resource) };
    return { steps: knownKinds.get(resource.kind).planBackup(planned, policy, scheduledTime), sizeGiB: 1, resting };
  }

  private async startStep(request: StepRequest): Promise<StepStarted> {
    const { identity, step, source } = request;
    const { resource } = identity;
    const now = await this.enter('startStep', resource.account, step.id, resource.id);
    const handle = copyRef(identity, step);
    if (step.type === 'share') return { handle, result: {} };
    if (step.type === 'describe') {
      this.described.set(resource.account, request);
      return { handle, result: { notes: this.unread(resource) } };
    }
    if (step.type === 'sign') {
      this.signed.set(resource.account, request);
      return { handle, result: {} };
    }
    if (step.type === 'copy' && source === null) throw new Error(`${step.id} was started without its source`);
    const key = operationKey(step);
    if (!this.operations.has(key))
      this.operations.set(key, { step, startedAt: now, endsAt: now + this.operationSeconds(step) * 1000 });
    if (step.limit !== null) {
      const mark = limitKey(step.limit);
      this.highWaterMarks.set(
        mark,
        Math.max(this.highWaterMarks.get(mark) ?? 0, this.inFlight(step.limit, now).length),
      );
    }
    return { handle };
  }

  private async awaitStep({ identity, step, source, polling }: AwaitStepRequest): Promise<StepResult> {
    const now = await this.enter('awaitStep', identity.resource.account, step.id, identity.resource.id);
    const operation = this.operations.get(operationKey(step));
    if (operation === undefined) throw applicationFailure(failureTypes.notFound, `${step.marker} is gone`);
    const left = (operation.endsAt - now) / 1000;
    if (left > 0) {
      const retryAfterSeconds = Math.min(polling.longestSeconds, Math.max(polling.shortestSeconds, left));
      throw applicationFailure(failureTypes.notReady, `${step.marker} is being made`, { retryAfterSeconds });
    }
    return {
      copy: {
        ...copyRef(identity, step),
        ...(step.type === 'export' ? { arn: `${step.input.bucket as string}/export/` } : {}),
        place: step.place ?? '',
        keyArn: typeof step.input.key === 'string' ? step.input.key : null,
        sizeGiB: 1,
        dataTime: source?.dataTime ?? new Date(operation.startedAt).toISOString(),
        verifiedAt: new Date(now).toISOString(),
      },
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
      .filter(({ step, endsAt }) => step.limit !== null && limitKey(step.limit) === limitKey(ref) && endsAt > now)
      .map(({ step }) => step.marker);
  }

  private async discoverResources({ account }: FleetScope, after: string | null): Promise<DiscoveredPage> {
    const pages = this.pages.get(account) ?? [];
    const index = after === null ? 0 : pages.findIndex((page) => page.next === after) + 1;
    await this.enter('discoverResources', account, `page ${index + 1}`);
    return pages[index] ?? { resources: [], problems: [], unprotected: { count: 0, first: [] }, next: null };
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

function operationKey({ scope, marker }: Step): string {
  return `${scope.account}/${scope.region}/${marker}`;
}

function copyRef({ resource }: RecoveryPointIdentity, { scope, marker }: Step): CopyRef {
  const { account, region } = scope;
  return {
    kind: resource.kind,
    account,
    region,
    id: marker,
    arn: `arn:aws:rds:${region}:${account}:cluster-snapshot:${marker}`,
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
