import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { applicationFailure } from '../../core/applicationFailure';
import { type Copy, type CopyRef, copyTags, noHold, type Scope, temporaryRetention } from '../../core/catalogue/copy';
import { nextPollSeconds } from '../../core/backup/estimate';
import { failureTypes } from '../../core/failure';
import { messageNames } from '../../core/messageNames';
import { serviceLimitWorkflowId } from '../../core/naming';
import { recoveryPointTags } from '../../core/backup/recoveryPointTags';
import { isOwned } from '../../core/restore/restoreOwnership';
import { type Leg, planRoute, RouteError } from '../../core/backup/route';
import { type ConnectedKinds } from '../../kinds/resourceProvider';
import { type ExportLegDependencies, lookAtExport, startExport } from './exportLeg';
import { endIfStalled } from './stalledExport';
import { serverTime } from '../serverTime';
import {
  type AwaitLegRequest,
  type LegProgress,
  type RecoveryPointActivities,
  type RecoveryPointIdentity,
  type StartLegRequest,
} from '../contracts';

export interface RecoveryPointDependencies {
  readonly providers: ConnectedKinds;
  /** ARN of the key an id, alias or ARN names in a scope. */
  readonly keyArn: (scope: Scope, key: string) => Promise<string>;
}

/** A resource that stays busy for longer than this gives its permit to others, and asks again later. */
const busyUnderPermitMilliseconds = 5 * 60_000;

/** The activities behind `createRecoveryPoint`. */
export function recoveryPointActivities({ providers, keyArn }: RecoveryPointDependencies): RecoveryPointActivities {
  const providerOf = (identity: RecoveryPointIdentity) => providers.of(identity.resource.kind);

  const exporting = (identity: RecoveryPointIdentity): ExportLegDependencies => {
    const { exports } = providerOf(identity);
    if (exports === undefined)
      throw applicationFailure(
        failureTypes.configuration,
        `${identity.resource.kind}: copies of it cannot be exported`,
      );
    return { exports, keyArn, now: serverTime };
  };

  return {
    async planRecoveryPoint(identity, policy) {
      const { resource, scheduledTime } = identity;
      const provider = providerOf(identity);
      const scope: Scope = { account: resource.account, region: resource.region, access: 'source' };
      const described = await provider.describe(resource, scope, aborted());
      const encryption = await provider.encryption(described, scope);
      try {
        const legs = planRoute(resource, encryption, policy, provider.capabilities, scheduledTime);
        return { legs, sizeGiB: described.sizeGiB };
      } catch (error) {
        if (error instanceof RouteError) throw applicationFailure(failureTypes.configuration, error.message);
        throw error;
      }
    },

    async startLeg(request) {
      const { identity, leg, source } = request;
      const provider = providerOf(identity);
      const tags = initialTags(request);
      try {
        if (leg.type === 'export') return await startExport(request, exporting(identity), aborted());
        const copy =
          leg.type === 'snapshot'
            ? await provider.snapshot.start({ resource: identity.resource, id: leg.copyId, tags }, aborted())
            : await provider.copy.start(
                { source: required(source, leg), target: leg.scope, id: leg.copyId, key: leg.key, tags },
                aborted(),
              );
        // What an earlier restore has left behind is this one's from now on.
        if (request.ownership !== undefined && !isOwned(copy.tags, request.ownership))
          await provider.tag(copy, leg.scope, request.ownership, aborted());
        return ref(copy);
      } catch (error) {
        if (isFailure(error, failureTypes.limitReached)) await tellServiceLimit(leg);
        const { scheduledTimestampMs } = Context.current().info;
        if (isFailure(error, failureTypes.busy) && serverTime() - scheduledTimestampMs > busyUnderPermitMilliseconds)
          throw ApplicationFailure.create({
            message: error.message,
            type: failureTypes.busy,
            nonRetryable: true,
            cause: error,
          });
        throw error;
      }
    },

    async awaitLeg(request) {
      const { identity, leg, copy, source } = request;
      if (leg.type === 'export') {
        const exported = await look(() => lookAtExport(request, exporting(identity), aborted()), request);
        if (!('percent' in exported)) return exported;
        endIfStalled(exported, request.expectedSeconds);
        throw notReady(exported, request);
      }
      const provider = providerOf(identity);
      const operation = leg.type === 'snapshot' ? provider.snapshot : provider.copy;
      const found = await look(() => operation.progress(copy, leg.scope, aborted()), request);
      switch (found.status) {
        case 'available':
          break;
        case 'failed':
          throw applicationFailure(failureTypes.operationFailed, `${found.arn}: AWS reports it as failed`);
        case 'deleting':
          throw applicationFailure(failureTypes.operationFailed, `${found.arn}: someone is deleting it`);
        case 'in-progress':
        case 'other':
          throw notReady(found, request);
      }
      await look(() => proveExists(found, request), request);
      const dataTime = source === null ? found.createdAt : source.dataTime;
      if (dataTime === null) throw notReady(found, request);
      const [, recordedAt] = (found.tags[copyTags.verified] ?? '').split(' ');
      const verifiedAt = recordedAt ?? new Date(serverTime()).toISOString();
      if (recordedAt === undefined)
        await provider.tag(
          found,
          leg.scope,
          { [copyTags.dataTime]: dataTime, [copyTags.verified]: `exists ${verifiedAt}` },
          aborted(),
        );
      return { ...ref(found), place: leg.place, keyArn: found.keyArn, sizeGiB: found.sizeGiB, dataTime, verifiedAt };
    },

    async cancelLeg(request) {
      const { identity, leg } = request;
      if (leg.type === 'export') return exporting(identity).exports.cancel(leg.copyId, leg.scope, aborted());
      const provider = providerOf(identity);
      const operation = leg.type === 'snapshot' ? provider.snapshot : provider.copy;
      const found = await unlessNotFound(operation.progress({ id: leg.copyId }, leg.scope, aborted()));
      if (found === null || foreignTags(found, request).length > 0) return;
      await operation.cancel({ id: leg.copyId }, leg.scope, aborted());
    },

    async shareCopy(leg, copy) {
      await providers.of(copy.kind).share(copy, leg.scope, shareTarget(leg), aborted());
    },

    async unshareCopy(leg, copy) {
      await providers.of(copy.kind).unshare(copy, leg.scope, shareTarget(leg), aborted());
    },

    async deleteTemporaryCopy(identity, leg) {
      const provider = providerOf(identity);
      const found = await unlessNotFound(provider.copy.progress({ id: leg.copyId }, leg.scope, aborted()));
      if (found === null) return;
      if ((found.tags[copyTags.hold] ?? noHold) !== noHold) return;
      if (found.tags[copyTags.retention] !== temporaryRetention || found.tags[copyTags.fleet] !== identity.fleet)
        throw applicationFailure(
          failureTypes.conflict,
          `${found.arn}: not an intermediate copy of fleet ${identity.fleet}, left alone`,
        );
      await provider.delete(found, leg.scope, aborted());
    },
  };

  /** Level `exists`: it is there, whole, ours, of the right source, and under the right key. */
  async function proveExists(found: Copy, { identity, leg, source }: StartLegRequest): Promise<void> {
    const wrong = foreignTags(found, { identity, leg, source });
    // A copy that an earlier try made of another snapshot of the same scheduled time holds other data.
    const dataTime = found.tags[copyTags.dataTime];
    if (source !== null && dataTime !== source.dataTime)
      wrong.push(`its data is of ${dataTime ?? 'an unknown time'} instead of ${source.dataTime}`);
    if (source !== null && found.sizeGiB < source.sizeGiB)
      wrong.push(`it holds ${found.sizeGiB} GiB of ${source.sizeGiB}`);
    if (leg.key !== null) {
      const expected = await keyArn(leg.scope, leg.key);
      if (found.keyArn !== expected) wrong.push(`its key is ${found.keyArn ?? 'none'} instead of ${expected}`);
    }
    if (wrong.length > 0)
      throw applicationFailure(failureTypes.verificationFailed, `${found.arn}: ${wrong.join('; ')}`);
  }
}

/** Which of the tags that make a copy this one are missing or different. */
function foreignTags(found: Copy, request: StartLegRequest): string[] {
  const tags = initialTags(request);
  return [copyTags.fleet, copyTags.resource, copyTags.recoveryPoint]
    .filter((name) => found.tags[name] !== tags[name])
    .map((name) => `tag ${name} is ${found.tags[name] ?? 'missing'}`);
}

/** What has just been started may not be seen everywhere in AWS yet. */
const unseenMilliseconds = 5 * 60_000;

/**
 * A look that fails says nothing of the operation, which goes on in AWS whatever happens to our permissions or the network:
 * only what AWS says of the copy itself ends the waiting, and the leg's deadline does.
 */
async function look<T>(work: () => Promise<T>, request: AwaitLegRequest): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ApplicationFailure) || saysOfTheCopyItself(error)) throw error;
    if (error.type === failureTypes.notFound && serverTime() - request.startedAt > unseenMilliseconds) throw error;
    throw applicationFailure(failureTypes.transient, error.message, {
      cause: error,
      details: error.details?.[0],
      retryAfterSeconds: request.polling.shortestSeconds,
    });
  }
}

const saysOfTheCopyItself = ({ type }: ApplicationFailure) =>
  type === failureTypes.verificationFailed || type === failureTypes.operationFailed;

async function unlessNotFound<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (isFailure(error, failureTypes.notFound)) return null;
    throw error;
  }
}

function initialTags({ identity, leg, source, ownership }: StartLegRequest): Record<string, string> {
  const dataTime = source === null ? null : source.dataTime;
  const retention = leg.temporary ? temporaryRetention : identity.tier;
  return { ...recoveryPointTags(identity, leg.place, dataTime, retention), ...ownership };
}

/** Its details tell watchers the percentage: a heartbeat beside every failed try would cost as much again. */
function notReady(
  found: Pick<Copy, 'id' | 'rawStatus' | 'percent'>,
  { leg, startedAt, expectedSeconds, polling }: AwaitLegRequest,
): Error {
  const elapsedSeconds = (serverTime() - startedAt) / 1000;
  const progress: LegProgress = { leg: leg.id, percent: found.percent };
  return applicationFailure(failureTypes.notReady, `${found.id}: ${found.rawStatus}, ${found.percent} %`, {
    details: progress,
    retryAfterSeconds: nextPollSeconds(elapsedSeconds, found.percent, expectedSeconds, polling),
  });
}

/** The semaphore learns at once that others' work is in flight; the operation itself is tried again under its permit. */
async function tellServiceLimit(leg: Leg): Promise<void> {
  if (leg.limit === null) return;
  const { client, log } = Context.current();
  try {
    await client.workflow.getHandle(serviceLimitWorkflowId(leg.limit)).signal(messageNames.limitReached);
  } catch (error) {
    log.warn('could not tell the service limit of a refusal', { ...leg.limit, error });
  }
}

function ref({ kind, account, region, id, arn }: CopyRef): CopyRef {
  return { kind, account, region, id, arn };
}

function required<T>(source: T | null, leg: Leg): T {
  if (source === null)
    throw applicationFailure(
      failureTypes.invalidInput,
      `${leg.id}: no verified copy in ${leg.from ?? 'its source'} to read`,
    );
  return source;
}

function shareTarget(leg: Leg): string {
  if (leg.shareWith === null) throw applicationFailure(failureTypes.invalidInput, `${leg.id}: shares with nobody`);
  return leg.shareWith;
}

function isFailure(error: unknown, type: string): error is ApplicationFailure {
  return error instanceof ApplicationFailure && error.type === type;
}

function aborted(): AbortSignal {
  return Context.current().cancellationSignal;
}
