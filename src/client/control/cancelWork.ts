import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { isUnreachable } from '../../activities/catalogue/scopeProblem';
import { messageOf } from '../../core/failure';
import { inParallel } from '../../core/inParallel';
import { workflowNames } from '../../core/messageNames';
import { grpcAnswer, grpcCodes } from '../grpcAnswer';
import { withoutMemos } from '../listWithoutMemos';
import { type RunningWork } from './runningWork';

/**
 * How something has ended that was to be cancelled. `unasked`: Temporal has not taken the request. `running`: it has, and what was
 * asked had not ended when nobody waited any longer. `forgotten`: Temporal knows it no more. Else how Temporal says that it ended.
 */
export type CancelState =
  'unasked' | 'running' | 'cancelled' | 'completed' | 'failed' | 'terminated' | 'timed-out' | 'forgotten';

export interface CancelledWork extends RunningWork {
  readonly state: CancelState;
  /** What is there of it now, or why it is not known, for people; null where there is nothing to say. */
  readonly left: string | null;
}

export interface CancelOptions {
  /** Epoch milliseconds: then everything is asked and looked at once more, and nobody waits any longer. */
  readonly until: number;
  readonly signal: AbortSignal;
  /** Hears what Temporal has taken the request of, once for each lot, before its end is waited for. */
  readonly asked: (work: readonly RunningWork[]) => Promise<void>;
  /** Hears how many are to end, and how many of these have. */
  readonly progress: (all: number, ended: number) => void;
}

/** One thing on its way to its end. */
interface Ending {
  readonly work: RunningWork;
  /** Undefined: the latest. */
  runId: string | undefined;
  isAsked: boolean;
  /** Temporal has taken the request. */
  isHeard: boolean;
  state: CancelState | null;
  trouble: string | null;
  /** The trouble does not pass: nobody asks again. */
  isGivenUp: boolean;
}

const width = 16;
const pollMilliseconds = 1000;
/** Many are looked at as slowly as it takes, so that workers come through: fifty a second. */
const eachMilliseconds = 20;
const callMilliseconds = 10_000;

/**
 * Asks to cancel, and waits for the ends. What has ended meanwhile is told as it ended. Where Temporal does not answer for a while, it is asked
 * again until the time is over. What it refuses for good is told of the one that it refuses; the others go on.
 *
 * @throws when the signal is aborted; what was asked until then has been told to `asked`
 */
export async function cancelWork(
  client: Client,
  work: readonly RunningWork[],
  { until, signal, asked, progress }: CancelOptions,
): Promise<CancelledWork[]> {
  const all = work.map((one): Ending => {
    return {
      work: one,
      runId: one.runId,
      isAsked: false,
      isHeard: false,
      state: null,
      trouble: null,
      isGivenUp: false,
    };
  });
  const told = new Set<Ending>();
  const pass = async (open: readonly Ending[], step: (client: Client, one: Ending) => Promise<void>) => {
    try {
      await inParallel(open, width, async (one) => {
        signal.throwIfAborted();
        await despiteTrouble(client, one, step);
      });
    } finally {
      const heard = open.filter((one) => one.isHeard && !told.has(one));
      for (const one of heard) told.add(one);
      if (heard.length > 0) await asked(heard.map((one) => one.work));
    }
    progress(all.length, all.filter(({ state }) => state !== null).length);
  };
  for (;;) {
    await pass(
      all.filter(({ isAsked, isGivenUp }) => !isAsked && !isGivenUp),
      ask,
    );
    await pass(
      all.filter(({ isAsked, state, isGivenUp }) => isAsked && state === null && !isGivenUp),
      look,
    );
    const open = all.filter(({ state, isGivenUp }) => state === null && !isGivenUp).length;
    if (open === 0 || Date.now() >= until) break;
    const wait = Math.max(pollMilliseconds, open * eachMilliseconds);
    await sleep(Math.min(wait, Math.max(0, until - Date.now())), undefined, { signal });
  }
  return inParallel(all, width, async (one) => {
    const state = one.state ?? (one.isAsked ? 'running' : 'unasked');
    return { ...one.work, state, left: await leftOf(client, one, state) };
  });
}

/** The state of a workflow that has ended, by the name of its status. */
export function endState(status: string): CancelState {
  switch (status) {
    case 'CANCELLED':
      return 'cancelled';
    case 'FAILED':
      return 'failed';
    case 'TERMINATED':
      return 'terminated';
    case 'TIMED_OUT':
      return 'timed-out';
    default:
      return 'completed';
  }
}

async function ask(client: Client, one: Ending): Promise<void> {
  try {
    await client.workflow.getHandle(one.work.workflowId, one.runId).cancel();
    one.isHeard = true;
  } catch (error) {
    // Some servers answer so of what somebody has asked before.
    if (grpcAnswer(error)?.code === grpcCodes.alreadyExists) one.isHeard = true;
    // Else it has ended since it was listed, or goes on as another run: a look tells.
    else if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
  one.isAsked = true;
}

async function look(client: Client, one: Ending): Promise<void> {
  try {
    // Nobody needs the key of a memo for that.
    const handle = withoutMemos(client).getHandle(one.work.workflowId, one.runId);
    const { status, closeTime } = await handle.describe();
    if (status.name === 'CONTINUED_AS_NEW') Object.assign(one, { runId: undefined, isAsked: false });
    else if (closeTime !== undefined) one.state = endState(status.name);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    one.state = 'forgotten';
  }
}

async function despiteTrouble(
  client: Client,
  one: Ending,
  step: (client: Client, one: Ending) => Promise<void>,
): Promise<void> {
  try {
    await client.withDeadline(Date.now() + callMilliseconds, () => step(client, one));
    one.trouble = null;
  } catch (error) {
    one.trouble = troubleText(error);
    one.isGivenUp = !isPassing(error);
  }
}

const passingCodes: readonly number[] = [
  grpcCodes.deadlineExceeded,
  grpcCodes.resourceExhausted,
  grpcCodes.aborted,
  grpcCodes.internal,
  grpcCodes.unavailable,
];

/** Whether the same may work later. */
function isPassing(error: unknown): boolean {
  const answer = grpcAnswer(error);
  return answer === null ? isUnreachable(error) : passingCodes.includes(answer.code);
}

/** In the words of Temporal, or of the connection to it. */
function troubleText(error: unknown): string {
  return grpcAnswer(error)?.details || messageOf(error);
}

const triedToRemove = 'it has tried to remove what it had made: look whether that is gone';
const loadedStays = 'what it had loaded stays: started anew, it goes on there';
const sweepShows = 'nothing was tidied up: `farcopy sweep --dry-run` shows what is left';

const leftOfCancelled: Readonly<Record<string, string>> = {
  [workflowNames.createRecoveryPoint]:
    'copies that are proven stay: `farcopy copies` shows them; it has tried to remove what was half done',
  [workflowNames.drillTier]: 'drills that have ended stay on record',
  [workflowNames.restoreDrill]: triedToRemove,
  [workflowNames.restoreRecoveryPoint]: triedToRemove,
  [workflowNames.restoreToPostgres]: loadedStays,
  [workflowNames.transferExport]: 'objects that are whole stay, and the next transfer takes them',
};

const notTidied: Readonly<Record<string, string>> = {
  [workflowNames.createRecoveryPoint]:
    'nothing was tidied up: `farcopy copies` shows what is proven, and a snapshot or copy that was being made may be there beside it',
  [workflowNames.drillTier]: sweepShows,
  [workflowNames.restoreDrill]: sweepShows,
  [workflowNames.restoreRecoveryPoint]:
    'nothing was tidied up: what it was making may be there, and no sweep touches it',
  [workflowNames.restoreToPostgres]: loadedStays,
  [workflowNames.transferExport]: 'nothing was tidied up: parts that are not whole may lie in the bucket',
};

/** What is there of it now, as far as that is known. */
async function leftOf(client: Client, { work, runId, trouble }: Ending, state: CancelState): Promise<string | null> {
  switch (state) {
    case 'unasked':
      return trouble;
    case 'running':
      return trouble === null ? 'it goes on to remove what is half done' : `how it stands is not known: ${trouble}`;
    case 'cancelled':
      return leftOfCancelled[work.type] ?? null;
    case 'terminated':
    case 'timed-out':
      return notTidied[work.type] ?? null;
    case 'failed':
      return reasonOf(client, work.workflowId, runId);
    case 'forgotten':
      return 'how it has ended is not known, nor whether it has';
    case 'completed':
      return null;
  }
}

async function reasonOf(client: Client, workflowId: string, runId: string | undefined): Promise<string | null> {
  try {
    await client.withDeadline(Date.now() + callMilliseconds, () =>
      client.workflow.getHandle(workflowId, runId).result(),
    );
  } catch (error) {
    if (error instanceof WorkflowFailedError) return error.cause?.message ?? error.message;
  }
  return null;
}
