import { type Failure } from '../temporal/payloads';
import { type Witness } from '../temporal/service';

/** Errors of the language: nobody has meant them. */
const mistakes = ['TypeError', 'ReferenceError', 'RangeError', 'SyntaxError'];

/** What holds of every failure: no code has gone wrong by itself, and the guard refuses nothing that we ask of ourselves. */
export function mustBeMeant(witness: Witness, whose: string, { message, applicationFailureInfo }: Failure): void {
  const text = message ?? '';
  if (mistakes.includes(applicationFailureInfo?.type ?? '')) witness.violation('mistake', `${whose} failed: ${text}`);
  if (text.includes('does not name that. Nothing was touched'))
    witness.violation('refused', `${whose} was refused by our own guard: ${text}`);
}
