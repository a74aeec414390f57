import { markdown } from '../markdown';
import { type StepReport } from './stepGraph';

/** A step in a line of Markdown, for the Temporal UI. */
export function stepLine({ step, state, waitingFor, since, message }: StepReport): string {
  const what = waitingFor === undefined ? state : `${state} for ${waitingFor}`;
  const when = since === undefined ? '' : ` since ${since.slice(0, 19)}Z`;
  return markdown`- **${step}**: ${what}${when}${message === undefined ? '' : ` — ${message}`}`;
}

/** What failed, or is to be known, in one sentence for people. */
export function toldText(told: readonly { readonly step: string; readonly message: string }[]): string {
  return told.map(({ step, message }) => `${step}: ${message}`).join('; ');
}
