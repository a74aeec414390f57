import { parseArgs } from 'node:util';
import { crashMatrix, type RowName, rows } from './matrix';
import { type ScenarioName, scenarios } from './scenarios';

/**
 * Kills, at each point in turn, what makes a recovery point, a restore and a transfer, and compares what lies in the clouds at
 * the end with what lies there where nothing goes wrong.
 *
 *   npm run crash-matrix -- [--every 10] [--lanes 4] [--seconds 600] [--json]
 *   npm run crash-matrix -- [--only recovery-point|restore|transfer|calls|mid-call|server]… [--shape recovery-point|default-key|restore|transfer]…
 *   npm run crash-matrix -- --only transfer --point 17
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true },
      shape: { type: 'string', multiple: true },
      every: { type: 'string', default: '1' },
      point: { type: 'string' },
      lanes: { type: 'string', default: '4' },
      seconds: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const { only, shape, point, seconds } = values;
  known('only', only, rows);
  known('shape', shape, scenarios);
  if (point !== undefined && only?.length !== 1) throw new Error('--point needs one --only: each row counts its own');
  const report = await crashMatrix({
    only: only as RowName[] | undefined,
    shapes: shape as ScenarioName[] | undefined,
    every: Number(values.every),
    point: point === undefined ? undefined : Number(point),
    lanes: Number(values.lanes),
    ...(seconds === undefined ? {} : { seconds: Number(seconds) }),
    tell: (line) => console.error(line),
  });
  if (values.json) console.log(JSON.stringify(report, null, 2));
  else {
    const { points, unstruck, different } = report;
    console.log(`${points} points, ${unstruck} of them over before anything was struck; ${different.length} different`);
  }
  if (report.different.length > 0 || report.points === 0) process.exitCode = 1;
}

function known(option: string, given: readonly string[] | undefined, names: object): void {
  const unknown = given?.find((name) => !(name in names));
  if (unknown !== undefined) throw new Error(`--${option} ${unknown}: there are ${Object.keys(names).join(', ')}`);
}

void main();
