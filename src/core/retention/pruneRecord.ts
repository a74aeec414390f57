import { markdown } from '../markdown';
import { type DeletionReport, firstLines, type MarkReport, type PruneReport, waitingLines } from './pruneRun';

/** Keeps the books of one run of retention. It knows nothing of Temporal; the workflow `pruneFleet` hands in what it hears. */
export class PruneRecord {
  private marking: MarkReport | null = null;
  private gone = 0;
  private last: DeletionReport | null = null;
  private readonly failures: string[] = [];

  marked(report: MarkReport): void {
    this.marking = report;
  }

  deletedSome(report: DeletionReport): void {
    this.gone += report.deleted.length;
    this.last = report;
  }

  problem(message: string): void {
    this.failures.push(message);
  }

  get deleted(): number {
    return this.gone;
  }

  /** Nothing more goes in this run: all is gone, as much as a run may delete, or the last batch brought nothing. */
  get isOver(): boolean {
    return this.last !== null && (!this.last.more || this.last.isRunOver || this.last.deleted.length === 0);
  }

  get report(): PruneReport {
    const { marking, gone, last } = this;
    return { marking, deleted: gone, waiting: last?.waiting ?? {}, more: last?.more ?? false, problems: this.problems };
  }

  /** All that went wrong; empty where nothing did. */
  get reason(): string {
    return this.problems.join('; ');
  }

  /** Where it stands, in lines of Markdown for the Temporal UI. */
  get lines(): string[] {
    const { marking, gone, last } = this;
    return [
      ...(marking === null
        ? []
        : [
            markdown`plan **${marking.plan}**: ${String(marking.doomed)} let go, ${String(marking.marked)} marked, ${String(marking.unmarked)} marked no more`,
            ...marking.brakes.map((brake) => markdown`- brake: ${brake}`),
          ]),
      `**${gone}** deleted${last?.more === true ? ', more may go' : ''}`,
      ...waitingLines(last?.waiting ?? {}).map((line) => markdown`- ${line}`),
      ...this.problems.map((problem) => markdown`- ${problem}`),
    ];
  }

  /** Both plans could not read the same: once is enough. */
  private get problems(): readonly string[] {
    const { marking, last, failures } = this;
    return firstLines([...new Set([...failures, ...(marking?.problems ?? []), ...(last?.problems ?? [])])]);
  }
}
