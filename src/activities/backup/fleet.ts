import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { type Client, WorkflowFailedError, type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import { applicationFailure } from '../../core/applicationFailure';
import { failureTypes } from '../../core/failure';
import { inParallel } from '../../core/inParallel';
import { lifecycleWorkflowId, recoveryPointId, recoveryPointWorkflowId } from '../../core/naming';
import { type ProtectionPolicy } from '../../core/backup/policy';
import { type Scope } from '../../core/catalogue/copy';
import { type Unprotected, unprotectedText } from '../../core/backup/unprotected';
import { type Resource, type ResourceRef, resourcePath, resourceRef } from '../../core/resource';
import { searchAttributes } from '../../core/searchAttributes';
import { type CreateRecoveryPointResult } from '../../core/backup/recoveryPointResult';
import { toldText } from '../../core/steps/stepText';
import { type KindOperations } from '../../kinds/kind';
import { PayloadError } from '../../payloads';
import { type PendingOutcome, type ResourceOutcome } from '../../core/backup/fleetRound';
import { type FleetScope } from '../../core/fleetScope';
import { type FleetActivities } from '../contracts';
import { beating } from '../beating';
import { askEachKind } from '../catalogue/askEachKind';
import { unprotectedUnknown } from '../catalogue/findUnprotected';
import { type AskingPace } from './askingPace';
import { requestRecoveryPoint } from './requestRecoveryPoint';
import { serverTime } from '../serverTime';

/** Which tier a resource belongs to, if any; a problem is a selection that leads nowhere. */
export type TierChoice = { readonly tier: string } | { readonly excluded: string } | { readonly problem: string };

export interface FleetDependencies {
  /** Those of kinds that the fleet file selects. */
  readonly kinds: readonly Pick<KindOperations, 'description' | 'discover'>[];
  /** What no rule of the fleet file can reach in an account and region. */
  readonly unprotectedIn: (scope: Scope, signal: AbortSignal) => Promise<readonly Unprotected[]>;
  /** Every account and region of the fleet, those of the organisation included. */
  readonly scopes: () => Promise<readonly FleetScope[]>;
  readonly tierOf: (resource: Resource) => TierChoice;
  /** What the fleet file says of a tier. `Configuration` where it has none of that name. */
  readonly policyOf: (tier: string) => ProtectionPolicy;
  /** By which all rounds of this worker ask. */
  readonly pace: Pick<AskingPace, 'take' | 'answered'>;
}

/** Nobody waits for a summary: a round is looked at again after a tenth of the time it has taken, at the latest after this. */
const longestBetweenLooksSeconds = 600;

/**
 * What is asked for, answered and waited for together: with the longest names and reasons such a page fits into 256 KiB, where
 * Temporal begins to warn of a payload.
 */
const pageSize = 250;
const mostUnprotected = 50;
/** A round reports what it knows after this time, whatever is still under way (a pause, a hung copy). */
const longestRoundSeconds = 48 * 3600;
const triesForAnAnswer = 3;
/** How many requests and descriptions are under way at once: Temporal's front end serves many clients. */
const concurrency = 16;
/** A page is asked without waiting for turns after this: it has ten minutes. */
const longestInTurnMs = 5 * 60_000;

const noUnreached = { count: 0, first: [] };

/** The activities behind `fleetBackup`. */
export function fleetActivities({
  kinds,
  unprotectedIn,
  scopes,
  tierOf,
  policyOf,
  pace,
}: FleetDependencies): FleetActivities {
  /** Asks when it is this lifecycle's turn, and notes how long the answer took. */
  async function inTurn<T>(begun: number, signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
    const wait = pace.take(performance.now());
    if (wait > 0 && performance.now() - begun < longestInTurnMs) await delay(wait, undefined, { signal });
    const asked = performance.now();
    try {
      return await ask();
    } finally {
      pace.answered(performance.now() - asked);
    }
  }

  /** No backup waits for this: what cannot be looked for is told in its place. */
  async function unreachedIn(scope: Scope, signal: AbortSignal) {
    try {
      const found = await beating(() => unprotectedIn(scope, signal));
      return { count: found.length, first: found.slice(0, mostUnprotected).map(unprotectedText) };
    } catch (error) {
      signal.throwIfAborted();
      return { count: 0, first: [`${scope.account}/${scope.region}: ${unprotectedUnknown(error).message}`] };
    }
  }

  return {
    async listScopes() {
      return [...(await scopes())];
    },

    async discoverResources(_fleet, tier, { account, region }, after) {
      const context = Context.current();
      const { cancellationSignal } = context;
      const matching: { resource: ResourceRef; problem: string | null }[] = [];
      const unlisted = await askEachKind(kinds, async (kind) => {
        for await (const page of kind.discover({ account, region, access: 'source' }, cancellationSignal)) {
          context.heartbeat();
          for (const resource of page) {
            const choice = tierOf(resource);
            if ('tier' in choice && choice.tier === tier)
              matching.push({ resource: resourceRef(resource), problem: null });
            else if ('problem' in choice) matching.push({ resource: resourceRef(resource), problem: choice.problem });
          }
        }
      });
      const rest = matching
        .map((m) => ({ ...m, path: resourcePath(m.resource) }))
        .filter(({ path }) => after === null || path > after)
        .sort((a, b) => (a.path < b.path ? -1 : 1));
      const page = rest.slice(0, pageSize);
      const scope: Scope = { account, region, access: 'source' };
      const unreached = after === null ? await unreachedIn(scope, cancellationSignal) : noUnreached;
      return {
        resources: page.flatMap(({ resource, problem }) => (problem === null ? [resource] : [])),
        problems: [
          // Once is enough, however many pages there are.
          ...(after === null ? unlisted : []).map(({ kind, message }) => ({ resource: null, kind, message })),
          ...page.flatMap(({ resource, problem }) =>
            problem === null ? [] : [{ resource, kind: resource.kind, message: problem }],
          ),
        ],
        unprotected: unreached,
        next: rest.length > pageSize ? (page.at(-1)?.path ?? null) : null,
      };
    },

    async requestRecoveryPoints(_fleet, tier, resources, scheduledTime) {
      const { client, info, cancellationSignal } = Context.current();
      const begun = performance.now();
      const request = { scheduledTime, policy: policyOf(tier), force: false };
      return beating(async () => {
        let silent: Error | undefined;
        const answers = await inParallel(resources, concurrency, async (resource) => {
          try {
            const ask = () => requestRecoveryPoint(client, resource, request);
            return { resource, ...(await inTurn(begun, cancellationSignal, ask)), error: null };
          } catch (error) {
            cancellationSignal.throwIfAborted();
            const problem = error instanceof Error ? error : new Error(String(error));
            // One lifecycle that gives no answer is asked again a few times, and never holds up the others. A key that cannot be used
            // holds up all of them, until it can.
            if (isTroubleWithKey(error) || (!isRefusal(error) && info.attempt < triesForAnAnswer)) silent = problem;
            return {
              resource,
              disposition: 'retired' as const,
              scheduledTime: null,
              error: problem.message.slice(0, reasonCharacters),
            };
          }
        });
        if (silent !== undefined) throw silent;
        return answers;
      });
    },

    async collectOutcomes(pending, pollSeconds) {
      const { client, info } = Context.current();
      const known = (info.heartbeatDetails as ResourceOutcome[] | undefined) ?? [];
      const outcomes = new Map(known.map((outcome) => [keyOf(outcome), outcome]));
      await inParallel(
        pending.filter((p) => !outcomes.has(keyOf(p))),
        concurrency,
        async (p) => {
          const outcome = await outcomeOf(client, p);
          if (outcome !== null) outcomes.set(keyOf(outcome), outcome);
        },
      );
      // What is known is not asked for again at the next try.
      if (outcomes.size > known.length) Context.current().heartbeat([...outcomes.values()]);
      const elapsedSeconds = (serverTime() - info.scheduledTimestampMs) / 1000;
      if (outcomes.size < pending.length && elapsedSeconds < longestRoundSeconds) {
        throw applicationFailure(
          failureTypes.notReady,
          `${outcomes.size} of ${pending.length} recovery points have ended`,
          { retryAfterSeconds: Math.max(pollSeconds, Math.min(elapsedSeconds * 0.1, longestBetweenLooksSeconds)) },
        );
      }
      return pending.map(
        (p) =>
          outcomes.get(keyOf(p)) ?? {
            ...p,
            state: 'unknown',
            reason: `it had not ended ${longestRoundSeconds / 3600} hours after it was asked for`,
          },
      );
    },
  };
}

/** How a recovery point ended, null while it has not. */
async function outcomeOf(client: Client, { resource, scheduledTime }: PendingOutcome): Promise<ResourceOutcome | null> {
  try {
    const handle = client.workflow.getHandle(recoveryPointWorkflowId(recoveryPointId(resource, scheduledTime)));
    const found = await handle.describe();
    if (found.closeTime === undefined) return null;
    switch (found.status.name) {
      case 'COMPLETED': {
        const { typedSearchAttributes: shown } = found;
        const partial = shown.get(searchAttributes.state) === 'PartiallyFailed';
        const tells = partial || (shown.get(searchAttributes.reason) ?? '') !== '';
        return { resource, scheduledTime, ...(tells ? await endOf(handle) : { state: 'completed', reason: null }) };
      }
      case 'CANCELLED':
        return { resource, scheduledTime, state: 'cancelled', reason: 'cancelled' };
      case 'FAILED':
        return { resource, scheduledTime, ...(await endOf(handle)) };
      default:
        return {
          resource,
          scheduledTime,
          state: 'failed',
          reason: `its workflow ended as ${found.status.name.toLowerCase()}`,
        };
    }
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
  // Not started yet: it will be, as long as its lifecycle lives.
  try {
    const lifecycle = await client.workflow.getHandle(lifecycleWorkflowId(resource)).describe();
    if (lifecycle.closeTime === undefined) return null;
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
  return { resource, scheduledTime, state: 'unknown', reason: 'its lifecycle was ended before it began' };
}

/** Keeps a page of outcomes as small as a page of resources may be. */
const reasonCharacters = 400;

/** How it ended, and what is to be known of it, with what a person must change: the search attribute holds only the beginning. */
async function endOf(handle: WorkflowHandle): Promise<Pick<ResourceOutcome, 'state' | 'reason'>> {
  try {
    const { state, failures, notes } = (await handle.result()) as CreateRecoveryPointResult;
    return { state, reason: toldText([...failures, ...notes]).slice(0, reasonCharacters) };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    return { state: 'failed', reason: (error.cause?.message ?? error.message).slice(0, reasonCharacters) };
  }
}

function keyOf({ resource, scheduledTime }: PendingOutcome): string {
  return recoveryPointId(resource, scheduledTime);
}

/** The key of payloads cannot be used now, which says nothing of the resource. */
function isTroubleWithKey(error: unknown): boolean {
  return error instanceof PayloadError && (error.trouble === 'unreachable' || error.trouble === 'refused');
}

/** Temporal or the lifecycle says no to this one resource; anything else is tried again for all. */
function isRefusal(error: unknown): error is Error {
  return error instanceof Error && error.name === 'WorkflowUpdateFailedError';
}
