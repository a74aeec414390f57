import { type z } from 'zod';

/** What zod finds, in the words of the file's author. Messages given in a schema take precedence. */
export function wording(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type': {
      if (issue.input === undefined) return 'is missing';
      const found = kindOf(issue.input);
      const quotes = issue.expected === 'string' && (found === 'a number' || found === 'true or false');
      return `must be ${expectations[issue.expected] ?? issue.expected}, not ${found}${quotes ? ': put it in quotes' : ''}`;
    }
    case 'invalid_value':
      return issue.values.length === 1 ? `must be \`${String(issue.values[0])}\`` : 'is none of the possible values';
    case 'too_small':
      return tooSmall(issue.origin, Number(issue.minimum));
    case 'too_big':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `must be at most ${issue.maximum}`
        : `must have at most ${issue.maximum} ${issue.origin === 'string' ? 'characters' : 'entries'}`;
    default:
      return undefined;
  }
}

function tooSmall(origin: string, minimum: number): string {
  if (origin === 'number' || origin === 'int') return `must be at least ${minimum}`;
  return minimum === 1 ? 'must not be empty' : `must have at least ${minimum} entries`;
}

const expectations: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
};

function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number') return Number.isFinite(value) ? 'a number' : String(value);
  return { string: 'a text', boolean: 'true or false', object: 'a map' }[typeof value as string] ?? typeof value;
}
