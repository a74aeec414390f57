import { type StepSnapshot } from '../backup/recoveryPointSnapshot';
import { stepWords } from '../backup/stepWords';
import { type Output } from './output';

/** A step in one line, for whoever follows it. */
export function stepText(step: StepSnapshot, out: Pick<Output, 'moment'>): string {
  return `${step.step}: ${stepWords(step, (time) => out.moment(time))}`;
}
