import { Context } from '@temporalio/activity';
import { applicationFailure } from '../../core/applicationFailure';
import { failureTypes } from '../../core/failure';
import { type UnfinishedExport } from './exportLeg';
import { serverTime } from '../serverTime';

/** How far an export was when that was last written down, in the heartbeat of the activity that waits for it. */
interface Mark {
  readonly rawStatus: string;
  readonly percent: number;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** An export that stands still for so long hangs: the next recovery point of the database would wait for it. */
const stalledSeconds = 6 * 3600;
/** A heartbeat is paid for like a poll, so what moves is written down only now and then. */
const marksApartMilliseconds = 3600 * 1000;

/**
 * Ends the wait for an export that gets no further, for six hours and for as long as the whole was expected to take: AWS stands
 * at 0 % until it has restored all of a database.
 *
 * @throws ApplicationFailure OperationFailed
 */
export function endIfStalled({ id, rawStatus, percent }: UnfinishedExport, expectedSeconds: number): void {
  const { info, heartbeat } = Context.current();
  const now = serverTime();
  const mark = (info.heartbeatDetails ?? {}) as Partial<Mark>;
  const { at } = mark;
  const moved = mark.rawStatus !== rawStatus || mark.percent !== percent;
  if (at === undefined || (moved && now - at >= marksApartMilliseconds))
    return heartbeat({ rawStatus, percent, at: now } satisfies Mark);
  const stoodSeconds = (now - at) / 1000;
  if (moved || stoodSeconds <= Math.max(stalledSeconds, expectedSeconds)) return;
  throw applicationFailure(
    failureTypes.operationFailed,
    `export task ${id} hangs: ${rawStatus} at ${percent} % for ${Math.floor(stoodSeconds / 3600)} hours`,
  );
}
