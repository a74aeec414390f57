import { type FleetIssue } from './fleetFileError';
import { keyPositionOf, type Located, type Path, pathText, type Position, positionOf } from './located';

/** Collects what is wrong with one document, so that all of it is told at once. */
export class Report {
  readonly errors: FleetIssue[] = [];
  /** Nothing that keeps the file from being used. */
  readonly warnings: FleetIssue[] = [];

  constructor(
    private readonly file: string,
    private readonly root: Located,
  ) {}

  error(path: Path, message: string, hint?: string): void {
    this.errors.push(this.issue(positionOf(this.root, path), path, message, hint));
  }

  /** An error about a key itself, not about its value. */
  keyError(path: Path, message: string, hint?: string): void {
    this.errors.push(this.issue(keyPositionOf(this.root, path), path, message, hint));
  }

  warn(path: Path, message: string, hint?: string): void {
    this.warnings.push(this.issue(positionOf(this.root, path), path, message, hint));
  }

  private issue({ line, column }: Position, path: Path, message: string, hint: string | undefined): FleetIssue {
    return { file: this.file, line, column, path: pathText(path), message, ...(hint === undefined ? {} : { hint }) };
  }
}
