import { parseArgs } from 'node:util';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { provision } from '../sandbox/provision';
import { measureCrowd } from './entities/crowd';
import { measureLifecycle } from './entities/lifecycle';
import { measureRound } from './entities/round';
import { table } from './statistics';

/**
 * What the workflows carry that never end or that hold very much: a semaphore with a crowd of waiters, a round of very many
 * resources, a lifecycle over years of virtual time. A tenth of each stands beside it: what is carried may not grow with it.
 * Goals: no payload above 256 KiB, no history above 10,000 events. Zero leaves one out.
 *
 *   npm run bench:entities -- [--waiters 10000] [--resources 10000] [--years 10] [--json]
 */

type Row = Readonly<Record<string, number>>;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      waiters: { type: 'string', default: '10000' },
      resources: { type: 'string', default: '10000' },
      years: { type: 'string', default: '10' },
      json: { type: 'boolean', default: false },
    },
  });
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
  });
  const servers = await provision(['temporal-cli', 'test-server'], {});
  const temporalCli = servers['temporal-cli'].path;
  const measures: Record<string, { most: number; measure: (count: number) => Promise<object> }> = {
    waiters: { most: Number(values.waiters), measure: (count) => measureCrowd(temporalCli, count) },
    resources: { most: Number(values.resources), measure: (count) => measureRound(temporalCli, count) },
    years: { most: Number(values.years), measure: (count) => measureLifecycle(servers['test-server'].path, count) },
  };
  const measured: Record<string, Row[]> = {};
  for (const [name, { most, measure }] of Object.entries(measures)) {
    const rows: Row[] = [];
    measured[name] = rows;
    for (const count of most > 0 ? [most / 10, most] : []) {
      const row = (await measure(count)) as Row;
      rows.push(row);
      console.error(`${name}: ${JSON.stringify(row)}`);
    }
  }
  if (values.json) return console.log(JSON.stringify(measured));
  for (const rows of Object.values(measured))
    if (rows[0] !== undefined)
      console.log(
        `${table([
          ['', 'a tenth', 'all'],
          ...Object.keys(rows[0]).map((name) => [name, ...rows.map((row) => Number((row[name] ?? NaN).toFixed(1)))]),
        ])}\n`,
      );
}

void main();
