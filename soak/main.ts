import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeFile } from 'node:fs/promises';
import { median, table } from '../bench/statistics';
import { ruleInWords } from './flat';
import { sparkline } from './plot';
import { type MeasuredSeries, soak, type SoakReport } from './soak';

const help = `npm run soak -- [--minutes 60] [--resources 100] [--seed 1] [--results FOLDER] [--json]

A fleet under fire for an hour: sandbox, two workers, rounds by its schedule at 60 times the speed of AWS; throttled calls, errors, lost
answers, regions that are down, kill -9 of the second worker, people who pause, resume and force. Looks at memory, handles, threads,
open workflows and histories, and holds each complete recovery point against the clouds.

FOLDER (soak-results/TIME unless told otherwise) gets measured.jsonl, report.json, a plot of each measure, and the workers' logs.

${ruleInWords}

Exit codes: 0 flat, and all copies are there; 1 something grows, or something is missing or too much; 130 interrupted.`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '60' },
      resources: { type: 'string', default: '100' },
      seed: { type: 'string', default: '1' },
      results: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(help);
  if (process.platform !== 'linux') throw new Error('the soak reads memory and handles from /proc: it needs Linux');
  const interrupted = new AbortController();
  // A second time ends at once, and the guards of the servers with it.
  process.once('SIGINT', () => interrupted.abort());
  process.once('SIGTERM', () => interrupted.abort());
  const time = new Date().toISOString().slice(0, 19).replace(/:/g, '');
  const results = values.results ?? join('soak-results', time);
  const report = await soak({
    minutes: numberOf('minutes', values.minutes, 1),
    resources: numberOf('resources', values.resources, 2),
    seed: numberOf('seed', values.seed, 0),
    results,
    tell: (line) => console.error(line),
    signal: interrupted.signal,
  });
  const document = JSON.stringify({ ...report, series: report.series.map(withoutLooks) }, null, 2);
  await writeFile(join(results, 'report.json'), document);
  console.log(values.json ? document : textOf(report));
  if (report.interrupted) process.exitCode = 130;
  else if (report.problems.length > 0 || report.series.some(({ verdict }) => verdict?.verdict === 'grows'))
    process.exitCode = 1;
}

function numberOf(option: string, text: string, least: number): number {
  const number = Number(text);
  if (!(number >= least) || (option !== 'minutes' && !Number.isInteger(number)))
    throw new Error(`--${option} ${text}: it is a number from ${least} up`);
  return number;
}

const columns = 40;

function textOf({ series, rounds, audited, strikes, problems, interrupted, minutes }: SoakReport): string {
  const struck = Object.entries(strikes).map(([what, times]) => `${what} ${times}`);
  const seconds = rounds.map((round) => round.seconds);
  const took = rounds.length === 0 ? '' : `, of ${rounded(Math.min(...seconds))} to ${rounded(Math.max(...seconds))} s`;
  return [
    table([
      ['', 'least', 'median', 'most', 'growth', 'verdict', `${minutes} minutes, from zero`],
      ...series.map((one) => {
        const { least, middle, most } = valuesOf(one);
        const { verdict = '', growth } = one.verdict ?? {};
        return [one.name, least, middle, most, rounded(growth), verdict, sparkline(one.seen, columns)];
      }),
    ]),
    '',
    `strikes: ${struck.join(', ')}`,
    `rounds: ${rounds.length}${took}; recovery points audited: ${audited}`,
    ...(interrupted ? ['interrupted: what was under way is not audited'] : []),
    ...(problems.length === 0
      ? ['nothing is missing, and nothing too much']
      : [`${problems.length} problems:`, ...problems]),
  ].join('\n');
}

function valuesOf({ seen }: MeasuredSeries) {
  const values = seen.flatMap(({ value }) => (value === null ? [] : [value]));
  const [least, most] = [Math.min(...values), Math.max(...values)].map(rounded);
  return { least: least ?? '', middle: rounded(median(values)), most: most ?? '' };
}

function withoutLooks(one: MeasuredSeries) {
  const { least, middle, most } = valuesOf(one);
  return { name: one.name, least, median: middle, most, verdict: one.verdict };
}

const rounded = (value: number | undefined): number | string =>
  value === undefined || !Number.isFinite(value) ? '' : Math.round(value * 10) / 10;

void main();
