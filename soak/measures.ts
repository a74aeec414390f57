import { workflowNames } from '../src/core/messageNames';

/** What one look has seen, by the names of {@link measures}; null where nothing is to be seen, as of a worker that was killed. */
export type Looked = Readonly<Record<string, number | null>>;

export interface Measure {
  /** Also of its plot's file. */
  readonly name: string;
  readonly title: string;
  readonly series: readonly {
    readonly name: string;
    /** So much growth is none; null: whoever looks at the plot judges. */
    readonly slack: number | null;
  }[];
}

/** Workflows that live as long as what they stand for: their histories must be cut. */
export const entities = [workflowNames.protectResource, workflowNames.serviceLimit] as const;
const passing = [workflowNames.fleetBackup, workflowNames.createRecoveryPoint, workflowNames.transferExport] as const;

/** Of a worker: the first one lives as long as the run, so only its figures can be judged. */
const ofWorkers = (what: string, slack: number): Measure['series'] => [
  { name: `worker 1 ${what}`, slack },
  { name: `worker 2 ${what}`, slack: null },
];

/**
 * A lifecycle begins a new history after each recovery point. A semaphore does so after 400 messages, which in a small fleet take longer
 * than many rounds: between two of them its history may grow by as much as those make.
 */
const ofEntities = (what: string, lifecycle: number, semaphore: number): Measure['series'] => [
  { name: `${workflowNames.protectResource} ${what}`, slack: lifecycle },
  { name: `${workflowNames.serviceLimit} ${what}`, slack: semaphore },
];

/** All that is measured and plotted. */
export const measures: readonly Measure[] = [
  { name: 'memory', title: 'resident memory of the workers, MiB', series: ofWorkers('MiB', 16) },
  { name: 'handles', title: 'open file descriptors of the workers', series: ofWorkers('handles', 4) },
  { name: 'threads', title: 'threads of the workers', series: ofWorkers('threads', 2) },
  {
    name: 'open',
    title: 'open workflows',
    series: [
      { name: 'open workflows', slack: 3 },
      ...[...entities, ...passing].map((type) => ({ name: `open ${type}`, slack: null })),
    ],
  },
  {
    name: 'events',
    title: 'longest history of a workflow that never ends, events',
    series: ofEntities('events', 50, 1500),
  },
  {
    name: 'history-size',
    title: 'largest history of a workflow that never ends, KiB',
    series: ofEntities('KiB', 16, 350),
  },
  {
    name: 'recovery-points',
    title: 'recovery points that have ended',
    series: [
      { name: 'completed', slack: null },
      { name: 'not completed', slack: null },
    ],
  },
];
