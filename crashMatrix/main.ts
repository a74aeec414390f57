import { parseArgs } from 'node:util';
import { crashMatrix, type RowName, rows } from './matrix';

/**
 * Kills, at each point in turn, what makes a recovery point, a restore and a transfer, and compares what lies in the clouds at
 * the end with what lies there where nothing goes wrong.
 *
 *   npm run crash-matrix -- [--only recovery-point|restore|transfer|calls|server] [--every 10] [--lanes 3] [--seconds 600] [--json]
 *   npm run crash-matrix -- --only transfer --point 17
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      every: { type: 'string', default: '1' },
      point: { type: 'string' },
      lanes: { type: 'string', default: '2' },
      seconds: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const { only, point, seconds } = values;
  if (only !== undefined && !(only in rows)) throw new Error(`--only takes ${Object.keys(rows).join(', ')}`);
  if (point !== undefined && only === undefined)
    throw new Error('--point needs --only: each row counts its own points');
  const report = await crashMatrix({
    only: only as RowName | undefined,
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

void main();
