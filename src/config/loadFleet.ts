import { type Kinds } from '../core/kind';
import { type Fleet } from './fleet';
import { FleetFileError, type FleetIssue } from './reading/fleetFileError';
import { type Check, checksAt } from './checks';
import { type Located, plainOf } from './reading/located';
import { variantsOf } from './overlays';
import { quoted } from './reading/quoted';
import { readText } from './reading/readText';
import { readYaml } from './reading/readYaml';
import { Report } from './reading/report';
import { resolveFleet } from './resolve';
import { type FleetFile, fleetFile, type SectionName } from './schema/fleetFile';
import { suggestion } from './reading/suggestion';
import { validated } from './schema/validation';

export interface FleetOptions {
  /** Every kind that a fleet may protect. */
  readonly kinds: Kinds;
  /** The overlay to apply; default none. */
  readonly overlay?: string | undefined;
  /** Milliseconds since the epoch from which on schedules are checked; default now. */
  readonly now?: number | undefined;
}

/**
 * Reads and checks a fleet file.
 *
 * @throws FleetFileError with everything that is wrong; nothing else.
 */
export function loadFleet(file: string, options: FleetOptions): Fleet {
  return parseFleet(readText(file), file, options);
}

/**
 * Checks the text of a fleet file. `file` is its name in messages. All overlays are checked, so that what breaks
 * production is found where it is written; the file without an overlay only where none is asked for.
 *
 * @throws FleetFileError with everything that is wrong; nothing else.
 */
export function parseFleet(text: string, file: string, options: FleetOptions): Fleet {
  const root = readYaml(text, file);
  const report = new Report(file, root);
  const { base, overlays } = variantsOf(root, report);
  const { overlay, kinds } = options;
  const schema = fleetFile(kinds);
  const chosen = overlay === undefined ? base : overlays.get(overlay);
  if (overlay !== undefined && chosen === undefined && report.errors.length === 0) {
    report.error(['overlays'], `there is no overlay ${quoted(overlay)}`, suggestion(overlay, [...overlays.keys()]));
  }

  const issues = new Issues(report.errors);
  const checks = checksAt(options.now ?? Date.now(), kinds);
  const result = chosen && examine(chosen, file, schema, checks);
  if (result) issues.add(result.report.errors);
  for (const [name, variant] of overlays) {
    if (name === overlay) continue;
    const { errors } = examine(variant, file, schema, checks).report;
    issues.add(errors, `with overlay ${quoted(name)}`);
  }
  if (issues.all.length > 0 || result?.fleetFile === undefined) throw new FleetFileError(issues.all);
  return resolveFleet(result.fleetFile, kinds, result.report.warnings);
}

function examine(
  root: Located,
  file: string,
  schema: FleetFileSchema,
  checks: readonly Check[],
): { report: Report; fleetFile: FleetFile | undefined } {
  const plain = plainOf(root);
  const report = new Report(file, root);
  const whole = validated(schema, plain, report);
  const sections = whole ?? wellFormedSections(plain, schema);
  for (const { needs, run } of checks) {
    if (needs.every((section) => Object.hasOwn(sections, section))) run(sections as FleetFile, report);
  }
  return { report, fleetFile: whole };
}

type FleetFileSchema = ReturnType<typeof fleetFile>;

/** What can be checked of a file although other parts of it are malformed. */
function wellFormedSections(plain: unknown, { shape }: FleetFileSchema): Partial<FleetFile> {
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) return {};
  const sections: Partial<Record<SectionName, unknown>> = {};
  for (const [name, schema] of Object.entries(shape)) {
    const result = schema.safeParse((plain as Record<string, unknown>)[name]);
    if (result.success) sections[name as SectionName] = result.data;
  }
  return sections as Partial<FleetFile>;
}

/** Faults of several variants of one file: the same fault in the same place counts once. */
class Issues {
  readonly all: FleetIssue[] = [];
  private readonly known = new Set<string>();

  constructor(first: readonly FleetIssue[]) {
    this.add(first);
  }

  add(found: readonly FleetIssue[], where?: string): void {
    for (const issue of found) {
      const key = `${issue.line}:${issue.column} ${issue.path} ${issue.message}`;
      if (this.known.has(key)) continue;
      this.known.add(key);
      this.all.push(where === undefined ? issue : { ...issue, message: `${issue.message} (${where})` });
    }
  }
}
