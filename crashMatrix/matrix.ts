import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { packageFile } from '../sandbox/provision/packageFile';
import { builtBundlePath } from '../src/worker/workflowBundle';
import { buildWith } from '../test/support/buildWith';
import { type Blow, Lane, type Ran } from './lane';
import { differences } from './normal';
import { type ScenarioName } from './scenarios';

/** Rows of the matrix, and the shapes that each strikes. */
export const rows = {
  'recovery-point': ['recovery-point', 'default-key'],
  restore: ['restore'],
  transfer: ['transfer'],
  calls: ['recovery-point', 'default-key', 'restore', 'transfer'],
  'mid-call': ['recovery-point', 'default-key', 'restore', 'transfer'],
  server: ['recovery-point', 'restore'],
} as const satisfies Readonly<Record<string, readonly ScenarioName[]>>;

export type RowName = keyof typeof rows;

export interface MatrixOptions {
  /** Rows. Default: all. */
  readonly only?: readonly RowName[] | undefined;
  /** Shapes. Default: all that the rows have. */
  readonly shapes?: readonly ScenarioName[] | undefined;
  /** Each Nth point of each row. Default: each. */
  readonly every?: number;
  /** Only this point of each row, counted from 1. */
  readonly point?: number | undefined;
  /** Sandboxes that run beside each other. Default: 1. */
  readonly lanes?: number;
  /** No point begins later than so many seconds after the start. Default: all do. */
  readonly seconds?: number;
  readonly tell?: (line: string) => void;
}

export interface MatrixPoint {
  readonly row: RowName;
  /** Counted from 1. */
  readonly point: number;
  /** `recovery-point: workers killed after event 17, ACTIVITY_TASK_SCHEDULED`. */
  readonly what: string;
}

export interface Different extends MatrixPoint {
  /** One line each. */
  readonly how: readonly string[];
}

export interface MatrixReport {
  /** How many points were run. */
  readonly points: number;
  /** Of those, how many were over before anything was struck. */
  readonly unstruck: number;
  readonly different: readonly Different[];
}

/** A point that is to be run. */
interface Planned extends MatrixPoint {
  readonly scenario: ScenarioName;
  readonly blow: Blow;
}

/**
 * Runs each shape undisturbed, then once for each point at which it can be struck, and compares what each run leaves behind.
 *
 * @throws Error when two undisturbed runs of a shape leave different things behind: then nothing can be compared.
 */
export async function crashMatrix(options: MatrixOptions): Promise<MatrixReport> {
  const { only: chosen = Object.keys(rows) as RowName[], lanes: wantedLanes = 1, seconds = Infinity } = options;
  const tell = options.tell ?? (() => undefined);
  const began = performance.now();
  const shapes = [...new Set(chosen.flatMap((row): readonly ScenarioName[] => rows[row]))].filter(
    (shape) => options.shapes?.includes(shape) ?? true,
  );
  const folder = await mkdtemp(join(tmpdir(), 'farcopy-matrix-'));
  const lanes: Lane[] = [];
  try {
    const program = await impatientBuild(join(folder, 'build'));
    const open = async () => {
      const lane = await Lane.start(program, {
        temporalOnDisk: chosen.includes('server'),
        withData: shapes.includes('transfer'),
      });
      lanes.push(lane);
      return lane;
    };
    const first = await open();
    const references = new Map<ScenarioName, Ran>();
    for (const shape of shapes) references.set(shape, await first.undisturbed(shape));
    const planned = plan(chosen, references, options);
    tell(`${seconded(began)} s: ${planned.length} points`);

    const different: Different[] = [];
    let points = 0;
    let unstruck = 0;
    const work = async (opening: Promise<Lane>) => {
      const lane = await opening;
      for (let next = planned.shift(); next !== undefined && seconded(began) < seconds; next = planned.shift()) {
        const { scenario, blow, ...point } = next;
        // Each lane has databases of its own: ports, times in tables.
        const { left } = await lane.undisturbed(scenario);
        const ran = await lane.run(scenario, blow, left);
        const how = differences(left, ran.left);
        points += 1;
        if (ran.struck === null) unstruck += 1;
        if (how.length > 0) different.push({ ...point, how });
        tell(`${seconded(began)} s: ${point.row} ${point.point}, ${point.what}: ${verdict(how, ran.struck)}`);
      }
    };
    const more = Math.min(wantedLanes, planned.length) - 1;
    const openings = [Promise.resolve(first), ...Array.from({ length: Math.max(0, more) }, open)];
    // Where one fails, the others are ended below, not while they open.
    const ends = await Promise.allSettled(openings.map(work));
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return { points, unstruck, different };
  } finally {
    await Promise.all(lanes.map((lane) => lane.end()));
    await rm(folder, { recursive: true, force: true });
  }
}

const seconded = (began: number) => Math.round((performance.now() - began) / 1000);

/** Of a line of a report: the whole of it is in the JSON. */
const mostCharacters = 300;

function verdict(how: readonly string[], struck: string | null): string {
  if (how.length > 0) return ['DIFFERENT', ...how.map((line) => `  ${line.slice(0, mostCharacters)}`)].join('\n');
  return struck === null ? 'the same, and not struck' : `the same (${struck})`;
}

function plan(
  chosen: readonly RowName[],
  references: ReadonlyMap<ScenarioName, Ran>,
  { every = 1, point }: MatrixOptions,
): Planned[] {
  return chosen.flatMap((row) => {
    const all = rows[row].flatMap((scenario) => {
      const reference = references.get(scenario);
      if (reference === undefined) return [];
      return row === 'calls' || row === 'mid-call' ? calls(row, scenario, reference) : kills(row, scenario, reference);
    });
    const numbered = all.map((one, i): Planned => ({ ...one, row, point: i + 1 }));
    return point === undefined ? numbered.filter((_, i) => (i + 1) % every === 0) : numbered.slice(point - 1, point);
  });
}

type Unnumbered = Pick<Planned, 'scenario' | 'blow' | 'what'>;

function kills(row: RowName, scenario: ScenarioName, { events }: Ran): Unnumbered[] {
  const what = row === 'server' ? 'server' : 'workers';
  return events.flatMap((history, workflow) =>
    history.map((event, i) => ({
      scenario,
      blow: { type: 'kill', what, workflow, events: i + 1 } as const,
      what: `${scenario}: ${what} killed after event ${i + 1} of ${history.length} of workflow ${workflow + 1}, ${event}`,
    })),
  );
}

function calls(row: 'calls' | 'mid-call', scenario: ScenarioName, ran: Ran): Unnumbered[] {
  const [type, how] = (
    { calls: ['lost answer', 'is a 5xx'], 'mid-call': ['kill in call', 'on its way, workers killed'] } as const
  )[row];
  return (['aws', 'gcs'] as const).flatMap((cloud) =>
    Array.from({ length: ran.calls[cloud] }, (_, call) => ({
      scenario,
      blow: { type, cloud, call } as const,
      what: `${scenario}: answer ${call + 1} of ${ran.calls[cloud]} of ${cloud} ${how}`,
    })),
  );
}

/** What was built last, with workflows that miss a killed worker soon. @returns its program */
async function impatientBuild(folder: string): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: packageFile('dist', 'src', 'workflows', 'index.js'),
    workflowInterceptorModules: [packageFile('dist', 'crashMatrix', 'soonMissed.js')],
    logger: new DefaultLogger('ERROR'),
  });
  return buildWith(folder, { [basename(builtBundlePath())]: code });
}
