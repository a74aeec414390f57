import { applicationFailure } from '../applicationFailure';
import { failureTypes } from '../failure';
import { type DrillPoint, type DrillReading } from './drillPoint';
import { type RestoreReport } from '../restore/restoreReport';
import { type StepFailure, type StepGraph } from '../steps/stepGraph';
import { type RestoreDrillInput, type RestoreDrillProgress } from './drillRequest';
import { type DrillCheckResult, type DrillResult } from './drillResult';
import { drillFailures } from './drillVerdict';
import { markdown } from '../markdown';

/** Of a result, which histories keep. */
const mostNotes = 100;
/** Failures of this kind say that the copy, or what came of it, is no good; all others, that it could not be tried. */
const verdicts: ReadonlySet<string> = new Set([
  failureTypes.notFound,
  failureTypes.verificationFailed,
  failureTypes.operationFailed,
  failureTypes.drillFailed,
]);

/** What a drill finds out on its way, and what it comes to. */
export class DrillOutcome {
  point: DrillPoint | null = null;
  /** Where it restores to, in words. */
  to: string | null = null;
  rtoSeconds: number | null = null;
  reading: DrillReading = { tables: 0, rows: 0, unreadable: [] };
  checks: readonly DrillCheckResult[] = [];
  private report: RestoreReport | null = null;
  private failure: StepFailure | null = null;
  private findings: readonly string[] = [];
  private readonly notes: string[] = [];

  constructor(private readonly input: RestoreDrillInput) {}

  chose(point: DrillPoint): void {
    this.point = point;
    if (point.unproven !== undefined)
      this.notes.push(`no vault proves that this is what was copied: ${point.unproven}`);
    this.notes.push(...point.unread.map((problem) => `copies that may lie there were not looked at: ${problem}`));
  }

  restored(report: RestoreReport | null, notes: readonly string[]): void {
    this.report = report;
    this.notes.push(...notes);
  }

  note(text: string): void {
    this.notes.push(text);
  }

  /** Whether the copy came back as it should be, whatever became of what it came back as. */
  get isProven(): boolean {
    return this.failure === null && this.findings.length === 0;
  }

  /** Of the failure that a drill ends with that has not passed. */
  get failureType(): string {
    return this.failure === null || verdicts.has(this.failure.type) ? failureTypes.drillFailed : this.failure.type;
  }

  get progress(): Omit<RestoreDrillProgress, 'state' | 'steps'> {
    const { point, to, checks } = this;
    return {
      resource: point?.resource ?? null,
      recoveryPoint: point?.recoveryPoint ?? null,
      from: point?.place ?? null,
      to,
      checks,
    };
  }

  /** How it ended, by where its steps stand. */
  result(graph: StepGraph): DrillResult {
    const { fleet, tier, drill, resource } = this.input;
    const failed = graph.failures;
    const tearDown = failed.find(({ step }) => step === 'teardown')?.message ?? null;
    this.failure = failed.find(({ step }) => step !== 'teardown') ?? null;
    this.findings = drillFailures({
      report: this.report,
      unreadable: this.reading.unreadable,
      checks: this.checks,
      rtoSeconds: this.rtoSeconds,
      rtoObjectiveSeconds: drill.rtoSeconds,
    });
    const failures = [
      ...(this.failure === null ? [] : [this.failure.message]),
      ...this.findings,
      ...(tearDown === null ? [] : [`something is left in ${this.to ?? 'its target'}: ${tearDown}`]),
    ];
    const { point } = this;
    return {
      version: 1,
      verdict: failures.length === 0 ? 'passed' : 'failed',
      fleet,
      tier,
      drill: drill.name,
      resource: point?.resource ?? (typeof resource === 'string' ? null : resource),
      recoveryPoint: point?.recoveryPoint ?? null,
      dataTime: point?.dataTime ?? null,
      from: point?.place ?? null,
      to: this.to,
      rtoSeconds: this.rtoSeconds,
      rtoObjectiveSeconds: drill.rtoSeconds,
      steps: graph.report,
      report: this.report,
      checks: this.checks,
      tables: this.reading.tables,
      rows: this.reading.rows,
      failures,
      notes: this.notes.slice(0, mostNotes),
      tornDown: tearDown ?? true,
    };
  }
}

/** @throws ApplicationFailure `InvalidInput` where a drill is to read what it cannot connect to. */
export function requireConnection({
  tier,
  drill,
  connect,
}: Pick<RestoreDrillInput, 'tier' | 'drill' | 'connect'>): void {
  const { to, readsAll, checks } = drill;
  if (to.type === 'postgres' || connect !== null || !(readsAll || checks.length > 0)) return;
  throw applicationFailure(
    failureTypes.invalidInput,
    `tier ${tier} does not say how its databases are connected to (\`connect\`), so they can be neither read nor checked`,
  );
}

/** A check in a line of Markdown, for the Temporal UI. */
export function checkLine({ name, ok, found, message }: DrillCheckResult): string {
  return markdown`- ${ok ? 'passed' : 'failed'}: ${name} — ${message ?? found ?? ''}`;
}
