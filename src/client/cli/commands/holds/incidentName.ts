import { InvalidArgumentError } from 'commander';
import { incidentPattern } from '../../../../core/retention/hold';

/** Reads the name of an incident. */
export function incidentName(text: string): string {
  if (incidentPattern.test(text)) return text;
  throw new InvalidArgumentError('Name it by at most 40 letters a–z, digits, hyphens, dots and underscores.');
}
