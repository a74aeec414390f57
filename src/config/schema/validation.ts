import { type z } from 'zod';
import { type Path } from '../reading/located';
import { quoted } from '../reading/quoted';
import { type Report } from '../reading/report';
import { schemaKeys } from './schemaKeys';
import { suggestion } from '../reading/suggestion';
import { wording } from './wording';

/**
 * Checks a document against a schema; what is wrong goes into the report and the answer is undefined.
 */
export function validated<S extends z.ZodType>(schema: S, value: unknown, report: Report): z.output<S> | undefined {
  const result = schema.safeParse(value, { error: wording });
  if (result.success) return result.data;
  for (const { path, issue } of result.error.issues.flatMap((found) => flattened(found, []))) {
    reportIssue(schema, value, path, issue, report);
  }
  return undefined;
}

interface FoundIssue {
  readonly path: Path;
  readonly issue: z.core.$ZodIssue;
}

/** Of a choice of shapes, only the one that was meant is worth reporting: the one that fits on the outside. */
function flattened(issue: z.core.$ZodIssue, prefix: Path): FoundIssue[] {
  const path = [...prefix, ...(issue.path as (string | number)[])];
  if (issue.code === 'invalid_union') {
    const meant = issue.errors.filter(
      (branch) => !branch.some((i) => i.path.length === 0 && i.code === 'invalid_type'),
    );
    const nearest = fewestFaults(meant);
    if (nearest !== undefined) return nearest.flatMap((inner) => flattened(inner, path));
  }
  return [{ path, issue }];
}

/** Of shapes that fit on the outside, the one with the fewest faults; undefined where two are equally far. */
function fewestFaults(branches: readonly z.core.$ZodIssue[][]): z.core.$ZodIssue[] | undefined {
  const faults = (branch: readonly z.core.$ZodIssue[]) =>
    branch.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1), 0);
  const [first, second] = [...branches].sort((a, b) => faults(a) - faults(b));
  return first !== undefined && (second === undefined || faults(first) < faults(second)) ? first : undefined;
}

function reportIssue(schema: z.ZodType, root: unknown, path: Path, issue: z.core.$ZodIssue, report: Report): void {
  switch (issue.code) {
    case 'unrecognized_keys':
      for (const key of issue.keys) {
        const known = schemaKeys(schema, path);
        // A key of another shape is no misspelling.
        const hint = known.includes(key) ? undefined : suggestion(key, known);
        report.keyError([...path, key], `unknown key ${quoted(key)}`, hint);
      }
      break;
    case 'invalid_key':
      report.keyError(path, `${quoted(String(path.at(-1)))}: ${issue.issues[0]?.message ?? issue.message}`);
      break;
    case 'invalid_value': {
      const value = valueAt(root, path);
      const known = issue.values.map(String);
      if (typeof value === 'string') report.error(path, `unknown value ${quoted(value)}`, suggestion(value, known));
      else report.error(path, value === undefined ? 'is missing' : issue.message, `known: ${known.join(', ')}`);
      break;
    }
    case 'invalid_format':
    case 'custom': {
      const value = valueAt(root, path);
      report.error(path, typeof value === 'string' ? `${quoted(value)}: ${issue.message}` : issue.message);
      break;
    }
    default:
      report.error(path, valueAt(root, path) === undefined ? 'is missing' : issue.message);
  }
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}
