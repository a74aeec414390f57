import { transferText } from '../../core/transfer/transferText';
import { type StepTrouble } from './stepTrouble';
import { type StepSnapshot } from './recoveryPointSnapshot';

/** A moment (ISO 8601, UTC) as the command at hand shows it. */
export type MomentText = (time: string) => string;

/** A step in words: what it waits for or meets, since when, how often it was tried, and when it is tried next. */
export function stepWords(step: StepSnapshot, at: MomentText): string {
  const { state, waitingFor, since, next, message, seconds, transfer, trouble } = step;
  const why = message === undefined ? '' : `: ${message}`;
  const when = since === undefined ? '' : ` since ${at(since)}`;
  if (trouble !== undefined) return `${progressOf(step) ?? state}, ${troubleWords(trouble, at)}`;
  switch (state) {
    case 'waiting':
      return `waits for ${waitingFor ?? 'its turn'}${when}${next === undefined ? '' : `, next ${at(next)}`}${why}`;
    case 'running':
      if (transfer !== undefined) return transferText(transfer);
      return progressOf(step) ?? state;
    case 'done':
      return `done${seconds === undefined ? '' : ` in ${Math.round(seconds)} s`}`;
    default:
      return `${state}${why}`;
  }
}

/** The same in a few characters: `waits`, `40 %`, `starting, try 7`. */
export function stepCell(step: StepSnapshot): string {
  const { state, transfer, trouble } = step;
  if (trouble !== undefined)
    return trouble.attempts === null
      ? `${progressOf(step) ?? state}, retried`
      : `${state}, try ${trouble.attempts + 1}`;
  if (state === 'running' && transfer !== undefined) return transferText(transfer);
  return progressOf(step) ?? state;
}

/** Whether a step waits, or is tried again: what people must be able to see the reason of. */
export const isHeldUp = ({ state, trouble }: StepSnapshot) => state === 'waiting' || trouble !== undefined;

/** `tried 6 times since 03:02:13, next 03:12:13: …`. */
export function troubleWords({ attempts, since, last, next, message }: StepTrouble, at: MomentText): string {
  const tried = attempts === null ? 'tried again' : attempts === 1 ? 'tried once' : `tried ${attempts} times`;
  return [
    since === null ? (last === null ? tried : `${tried}, last ${at(last)}`) : `${tried} since ${at(since)}`,
    ...(next === null ? [] : [`, next ${at(next)}`]),
    `: ${message}`,
  ].join('');
}

/**
 * Whether a line about a step would say something new: it stands elsewhere, or meets something else; a transfer has come on by
 * a tenth of its bytes; or it was tried as often again as when it was last told.
 */
export function isNews(step: StepSnapshot, before: StepSnapshot | undefined): boolean {
  if (step.state === 'pending') return false;
  if (before === undefined || what(step) !== what(before)) return true;
  const doubled = (one: StepSnapshot) => Math.floor(Math.log2(one.trouble?.attempts ?? 1));
  if (doubled(step) > doubled(before)) return true;
  const tenths = ({ percent = 0 }: StepSnapshot) => Math.floor(percent / 10);
  return step.transfer !== undefined && tenths(step) > tenths(before);
}

const what = ({ state, waitingFor, message, trouble }: StepSnapshot) =>
  [state, waitingFor, message, trouble?.message].join('\n');

function progressOf({ state, percent }: StepSnapshot): string | null {
  return state === 'running' && percent !== undefined ? `${percent} %` : null;
}
