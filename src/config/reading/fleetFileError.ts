/** One fault of a fleet file or selection, with the place to look at. */
export interface FleetIssue {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** Where in the document: `tiers.critical.route[1]`; empty for the document as a whole. */
  readonly path: string;
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string | undefined;
}

/** More than this many faults at once help nobody. */
const mostIssues = 20;

/**
 * A fleet file or selection that cannot be used: every fault at once, in the order of the file. The message is all a
 * person needs, so the command line shows it without a stack and exits with 2.
 */
export class FleetFileError extends Error {
  override readonly name = 'FleetFileError';
  readonly issues: readonly FleetIssue[];
  /** How many faults were found beyond {@link issues}. */
  readonly omitted: number;

  constructor(found: readonly FleetIssue[]) {
    const sorted = [...found].sort((a, b) => a.line - b.line || a.column - b.column);
    const issues = sorted.slice(0, mostIssues);
    const omitted = sorted.length - issues.length;
    super([...issues.map(describeIssue), ...(omitted > 0 ? [`… and ${omitted} more`] : [])].join('\n'));
    this.issues = issues;
    this.omitted = omitted;
  }
}

/** `fleet.yaml:12:9 tiers.critical.route[1]: message`, and the hint on a line of its own. */
export function describeIssue({ file, line, column, path, message, hint }: FleetIssue): string {
  const where = `${file}:${line}:${column}${path === '' ? '' : ` ${path}`}`;
  return `${where}: ${message}${hint === undefined ? '' : `\n    ${hint}`}`;
}
