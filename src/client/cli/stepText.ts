import { type RestoreStep } from '../../core/restore/restoreSteps';

/** A step in one line, for whoever follows it. */
export function stepText({ step, state, waitingFor, seconds, message }: RestoreStep): string {
  if (state === 'waiting') return `${step}: waits for ${waitingFor ?? 'its turn'}`;
  if (state === 'done') return `${step}: done${seconds === undefined ? '' : ` in ${Math.round(seconds)} s`}`;
  return `${step}: ${state}${message === undefined ? '' : `: ${message}`}`;
}
