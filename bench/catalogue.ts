import { spawn } from 'node:child_process';
import { mkdtempSync, openSync, closeSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { fleetFile } from './catalogue/largeFleet';
import { standInForAws, standInForTemporal } from './catalogue/standIns';
import { table } from './statistics';

/**
 * What commands take that look at every copy of a large fleet: by the index of the catalogue, and without it; and what making the index takes. Each
 * command runs in a process of its own, the start of Node included. Goals by the index: below 10 s and 500 MB each.
 *
 *   npm run bench:catalogue -- [--resources 10000] [--copies 300000] [--json]
 *
 * The accounts' lists are made up within the process: what AWS takes to answer, and the SDK to read it, is not in it. So reading without the index
 * is far slower in truth. The state bucket, STS and Temporal are servers on this machine.
 */
interface Figures {
  readonly command: string;
  readonly by: 'index' | 'clouds';
  readonly exitCode: number | null;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
  readonly outputBytes: number;
}

const places = 3;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      resources: { type: 'string', default: '10000' },
      copies: { type: 'string', default: '300000' },
      json: { type: 'boolean', default: false },
    },
  });
  const resources = Number(values.resources);
  const points = Math.max(1, Math.round(Number(values.copies) / resources / places));
  const fleet = { resources, points, now: Date.now() };
  const folder = mkdtempSync(path.join(tmpdir(), 'farcopy-bench-'));
  const [aws, server] = [await standInForAws(), await standInForTemporal(fleet)];
  writeFileSync(path.join(folder, 'fleet.yaml'), fleetFile);
  const environment = {
    ...{ PATH: process.env.PATH, HOME: folder, AWS_ENDPOINT_URL: `http://127.0.0.1:${aws.port}` },
    ...{ AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'example', AWS_REGION: 'eu-west-1' },
    ...{ TEMPORAL_ADDRESS: `127.0.0.1:${server.port}`, BENCH_USE: path.join(folder, 'use.json') },
  };
  const run = async (by: Figures['by'], ...words: string[]): Promise<Figures> => {
    const output = path.join(folder, 'output');
    const file = openSync(output, 'w');
    const program = [
      path.join(__dirname, 'catalogue', 'farcopy.js'),
      String(resources),
      String(points),
      String(fleet.now),
    ];
    const start = performance.now();
    const child = spawn(process.execPath, [...program, '--fleet', path.join(folder, 'fleet.yaml'), ...words], {
      ...{ env: environment, cwd: folder, stdio: ['ignore', file, 'pipe'] },
    });
    let errors = '';
    child.stderr?.on('data', (text: Buffer) => (errors += text.toString()));
    const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve));
    const seconds = (performance.now() - start) / 1000;
    closeSync(file);
    const use = JSON.parse(readFileSync(environment.BENCH_USE, 'utf8')) as Pick<Figures, 'cpuSeconds' | 'peakMiB'>;
    if (exitCode !== 0) console.error(`${words.join(' ')}: exit code ${exitCode}\n${errors.slice(0, 2000)}`);
    const figures = { command: words.join(' '), by, exitCode, seconds, ...use, outputBytes: statSync(output).size };
    console.error(JSON.stringify(figures));
    return figures;
  };
  try {
    const fresh = [
      await run('clouds', 'status', '--places', '--limit', '0'),
      await run('clouds', 'report', '--out', 'report.html'),
      await run('clouds', 'prune', '--plan'),
    ];
    const rebuild = await run('clouds', 'catalogue', 'index');
    const indexed = [
      await run('index', 'status', '--limit', '0'),
      await run('index', 'status', '--places', '--limit', '0', '--index'),
      await run('index', 'report', '--out', 'report.html', '--index'),
      await run('index', 'report', '--format', 'json', '--out', 'report.json', '--index'),
      await run('index', 'prune', '--plan', '--index'),
      await run('index', 'prune', '--plan', '--json', '--index'),
    ];
    const indexBytes = aws.stored();
    const isMet = indexed.every(
      ({ exitCode, seconds, peakMiB }) => exitCode === 0 && seconds < 10 && peakMiB < 500e6 / 1024 ** 2,
    );
    const result = { resources, copies: resources * points * places, indexBytes, isMet, rebuild, fresh, indexed };
    if (values.json) console.log(JSON.stringify(result));
    else
      console.log(
        `${resources} resources, ${result.copies} copies; the index has ${(indexBytes / 1e6).toFixed(1)} MB; each below 10 s and 500 MB by the index: ${isMet ? 'yes' : 'no'}\n${table(
          [
            ['command', 'by', 's', 'CPU s', 'MiB'],
            ...[...fresh, rebuild, ...indexed].map(({ command, by, seconds, cpuSeconds, peakMiB }) => [
              ...[command, by, Number(seconds.toFixed(1)), Number(cpuSeconds.toFixed(1)), Math.round(peakMiB)],
            ]),
          ],
        )}`,
      );
    process.exitCode = isMet ? 0 : 4;
  } finally {
    aws.close();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
  process.exit();
}

void main();
