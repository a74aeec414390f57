import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { packageFile } from '../sandbox/provision/packageFile';
import { builtBundlePath } from '../src/worker/workflowBundle';
import { buildWith } from '../test/support/buildWith';
import { type Blow, differences, Lane, type Ran } from './lane';
import { type ScenarioName } from './scenarios';

/** Rows of the matrix, and the shapes that each strikes. */
export const rows = {
  'recovery-point': ['recovery-point', 'default-key'],
  restore: ['restore'],
  transfer: ['transfer'],
  calls: ['recovery-point', 'default-key', 'restore', 'transfer'],
  server: ['recovery-point'],
} as const satisfies Readonly<Record<string, readonly ScenarioName[]>>;

export type RowName = keyof typeof rows;

export interface MatrixOptions {
  readonly only?: RowName | undefined;
  /** Each Nth point of each row. Default: each. */
  readonly every?: number;
  /** Only this point of the row, counted from 1. */
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
  const { only, lanes: wantedLanes = 1, seconds = Infinity, tell = () => undefined } = options;
  const began = performance.now();
  const chosen = (only === undefined ? Object.keys(rows) : [only]) as RowName[];
  const shapes = [...new Set(chosen.flatMap((row): readonly ScenarioName[] => rows[row]))];
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
    for (const shape of shapes) references.set(shape, await undisturbed(first, shape));
    const planned = plan(chosen, references, options);
    tell(`${planned.length} points; undisturbed runs end after ${seconded(began)} s`);

    const different: Different[] = [];
    let points = 0;
    let unstruck = 0;
    const work = async (opening: Promise<Lane>) => {
      const lane = await opening;
      for (let next = planned.shift(); next !== undefined && seconded(began) < seconds; next = planned.shift()) {
        const { scenario, blow, ...point } = next;
        const reference = references.get(scenario)?.left ?? [];
        const { left, struck } = await lane.run(scenario, blow, reference);
        const how = differences(reference, left);
        points += 1;
        if (struck === null) unstruck += 1;
        if (how.length > 0) different.push({ ...point, how });
        const verdict = how.length > 0 ? `DIFFERENT\n  ${how.join('\n  ')}` : struck === null ? 'not struck' : 'same';
        tell(`${seconded(began)} s, ${point.row} ${point.point}: ${point.what}: ${struck ?? ''} ${verdict}`);
      }
    };
    const more = Math.min(wantedLanes, planned.length) - 1;
    await Promise.all(
      [first, ...Array.from({ length: Math.max(0, more) }, open)].map((lane) => work(Promise.resolve(lane))),
    );
    return { points, unstruck, different };
  } finally {
    await Promise.all(lanes.map((lane) => lane.end()));
    await rm(folder, { recursive: true, force: true });
  }
}

const seconded = (began: number) => Math.round((performance.now() - began) / 1000);

/** The second of two runs: the first one of a lane also brings semaphores to life, and sessions. */
async function undisturbed(lane: Lane, shape: ScenarioName): Promise<Ran> {
  const warm = await lane.run(shape, { type: 'none' });
  const reference = await lane.run(shape, { type: 'none' }, warm.left);
  const how = differences(warm.left, reference.left);
  if (how.length > 0) throw new Error(`two undisturbed runs of ${shape} differ:\n${how.join('\n')}`);
  return reference;
}

function plan(
  chosen: readonly RowName[],
  references: ReadonlyMap<ScenarioName, Ran>,
  { every = 1, point }: MatrixOptions,
): Planned[] {
  return chosen.flatMap((row) => {
    const all = rows[row].flatMap((scenario) => {
      const reference = references.get(scenario);
      return reference === undefined
        ? []
        : row === 'calls'
          ? calls(scenario, reference)
          : kills(row, scenario, reference);
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

function calls(scenario: ScenarioName, ran: Ran): Unnumbered[] {
  return (['aws', 'gcs'] as const).flatMap((cloud) =>
    Array.from({ length: ran.calls[cloud] }, (_, call) => ({
      scenario,
      blow: { type: 'lost answer', cloud, call } as const,
      what: `${scenario}: answer ${call + 1} of ${ran.calls[cloud]} of ${cloud} lost`,
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
