import { Context } from '@temporalio/activity';
import { applicationFailure } from '../../core/applicationFailure';
import { failureTypes } from '../../core/failure';
import { type Unfinished } from '../../kinds/kind';
import { serverTime } from '../serverTime';

/** How far an operation was when that was last written down, in the heartbeat of the activity that waits for it. */
interface Mark {
  readonly rawStatus: string;
  readonly percent: number | null;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** A heartbeat is paid for like a poll, so what moves is written down only now and then. */
const marksApartMilliseconds = 3600 * 1000;

/**
 * Ends the wait for an operation that gets no further, for as long as its kind says and for as long as the whole was expected to
 * take: the next recovery point of the resource would wait for it.
 *
 * @throws ApplicationFailure OperationFailed
 */
export function endIfStalled({ id, rawStatus, percent, hangsAfterSeconds }: Unfinished, expectedSeconds: number): void {
  if (hangsAfterSeconds === undefined) return;
  const { info, heartbeat } = Context.current();
  const now = serverTime();
  const mark = (info.heartbeatDetails ?? {}) as Partial<Mark>;
  const { at } = mark;
  const moved = mark.rawStatus !== rawStatus || mark.percent !== percent;
  if (at === undefined || (moved && now - at >= marksApartMilliseconds))
    return heartbeat({ rawStatus, percent, at: now } satisfies Mark);
  const stoodSeconds = (now - at) / 1000;
  if (moved || stoodSeconds <= Math.max(hangsAfterSeconds, expectedSeconds)) return;
  throw applicationFailure(
    failureTypes.operationFailed,
    `${id} hangs: ${rawStatus} at ${percent ?? 0} % for ${Math.floor(stoodSeconds / 3600)} hours`,
  );
}
