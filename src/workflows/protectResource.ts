import { allHandlersFinished, condition, makeContinueAsNewFunc, patched, setHandler } from '@temporalio/workflow';
import { Lifecycle, type ProtectResourceInput, type RecoveryPointRequest } from '../core/backup/lifecycle';
import { glanceMemo, glanceOf } from '../core/backup/lifecycleGlance';
import { lifecycleLines, visibleLifecycle } from '../core/backup/lifecycleText';
import { actEntry, recoveryPointEntry } from '../core/ledger/entries';
import { toldBy } from '../core/ledger/entry';
import { messageInputs } from '../core/messages/inputs';
import { parsed } from '../core/messages/shape';
import { record, recorder } from './ledger/record';
import { inBackground } from './sideBySide';
import {
  forceSignal,
  lifecycleQuery,
  pauseSignal,
  requestRecoveryPointUpdate,
  resumeSignal,
  retireSignal,
} from './messages';
import { RecoveryPointChild } from './protect/recoveryPointChild';
import { closeAlerts, recallCopies, watchRpo } from './protect/rpoClock';
import { VisibleProgress } from './visibleProgress';

const read = (given: RecoveryPointRequest) =>
  parsed(messageInputs.requestRecoveryPoint, given, requestRecoveryPointUpdate.name);

/** Messages and tellings. A run takes at most 2,000 updates and 10,000 signals. */
const turnsPerRun = 500;

/**
 * The backup lifecycle of one resource, for as long as it exists. Takes requests and signals, runs at most one recovery
 * point at a time, and raises an alert when none was completed within the tier's RPO, even if nothing ran at all.
 */
export async function protectResource({ resource, policy, state }: ProtectResourceInput): Promise<void> {
  const lifecycle = state === null ? Lifecycle.begin(resource, policy, Date.now()) : Lifecycle.goOn(state, Date.now());
  const child = new RecoveryPointChild(lifecycle);
  // The start, or the run before, has shown this state already.
  const visible = new VisibleProgress(visibleLifecycle(lifecycle.state));
  const show = () => visible.show(visibleLifecycle(lifecycle.state), lifecycleLines(lifecycle));
  let turns = 0;
  const turned = () => {
    turns += 1;
    show();
  };
  let isRecalled = state !== null;
  const isRunOver = () =>
    turns >= turnsPerRun && isRecalled && allHandlersFinished() && !lifecycle.isTelling(Date.now());
  takeMessages();
  const watching = watchRpo(lifecycle, turned);
  inBackground(() => watching);
  const recalled = isRecalled
    ? Promise.resolve()
    : recallCopies(lifecycle).then(() => {
        isRecalled = true;
        show();
      });

  for (;;) {
    show();
    await condition(() => lifecycle.mayBegin || lifecycle.state.retired || isRunOver());
    const next = lifecycle.begin();
    if (next !== null) {
      show();
      const result = await child.run(next.scheduledTime, next.force);
      turns = turnsPerRun;
      show();
      await record(recoveryPointEntry(lifecycle.state, result, next.force, recorder()));
    }
    await condition(allHandlersFinished);
    if (lifecycle.state.retired) return closeAlerts(lifecycle, watching);
    // The next recovery point does not wait for what the clouds tell of earlier ones.
    if (isRecalled || !patched('recall keeps nobody waiting')) await recalled;
    if (isRunOver()) await goOn();
  }

  /** The memo comes with the next run, and costs no event of its own. */
  function goOn(): Promise<never> {
    const memo = { [glanceMemo]: glanceOf(lifecycle.state) };
    return makeContinueAsNewFunc<typeof protectResource>({ memo })(lifecycle.next);
  }

  function takeMessages(): void {
    const on = (act: string, change: () => void) => async (told: unknown) => {
      change();
      turned();
      await record(actEntry(lifecycle.state, act, toldBy(told), recorder()));
    };
    const pause = () => {
      lifecycle.pause();
      child.tell(pauseSignal);
    };
    const resume = () => {
      lifecycle.resume();
      child.tell(resumeSignal);
    };
    const force = () => {
      lifecycle.force(Date.now());
      letPass();
    };
    const retire = () => {
      lifecycle.retire();
      // The recovery point in flight is brought to its end, also when it was paused.
      child.tell(resumeSignal);
    };
    setHandler(pauseSignal, on('pause', pause));
    setHandler(resumeSignal, on('resume', resume));
    setHandler(forceSignal, on('force', force));
    setHandler(retireSignal, on('retire', retire));
    setHandler(requestRecoveryPointUpdate, request, {
      validator: (given: RecoveryPointRequest) => lifecycle.check(read(given), Date.now()),
    });
    setHandler(lifecycleQuery, () => lifecycle.state);
  }

  function request(given: RecoveryPointRequest) {
    const wanted = read(given);
    const answer = lifecycle.request(wanted);
    if (wanted.force) letPass();
    turned();
    return answer;
  }

  /** A forced recovery point comes after the one in flight, which must therefore not stay paused. */
  function letPass(): void {
    if (lifecycle.state.paused) child.tell(resumeSignal);
  }
}
