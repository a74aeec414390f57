import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { fleetReport } from '../src/core/report/fleetReport';
import { loadPrices } from '../src/client/report/priceTable';
import { reportFormats, reportText } from '../src/client/report/writeReport';
import { largeLook } from '../test/fakes/fleetLook';
import { processUse } from './processUse';
import { table } from './statistics';

/**
 * What a report of a large fleet takes once everything is read: the model with its findings, retention and cost, and each of its forms.
 *
 *   npm run bench:report -- [--resources 10000] [--points 1]
 *
 * Each resource has so many recovery points in three places. What it takes to read them from the clouds is not in it. The peak is the
 * most that the process has had, the catalogue included, which was there before.
 */
const { values } = parseArgs({
  options: { resources: { type: 'string', default: '10000' }, points: { type: 'string', default: '1' } },
});
const resources = Number(values.resources);

const seconds = <T>(work: () => T): { readonly result: T; readonly took: number } => {
  const start = performance.now();
  const result = work();
  return { result, took: (performance.now() - start) / 1000 };
};

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const heapMiB = () => {
  collectGarbage();
  return process.memoryUsage().heapUsed / 1024 ** 2;
};

const before = heapMiB();
const { result: look, took: planned } = seconds(() => largeLook(resources, Number(values.points)));
const ofCatalogue = heapMiB() - before;
const model = seconds(() => fleetReport(look, loadPrices()));
const ofModel = heapMiB() - before - ofCatalogue;
const written = reportFormats.map((format) => {
  const { result, took } = seconds(() => [...reportText(model.result, format, { timezone: 'Europe/Vienna' })].join(''));
  return { format, took, kiB: result.length / 1024 };
});

const figure = (value: number) => value.toFixed(2);
const rows = [
  ['what', 'seconds', 'KiB'],
  ['catalogue and plan of retention', figure(planned), ''],
  ['model', figure(model.took), ''],
  ...written.map(({ format, took, kiB }) => [format, figure(took), String(Math.round(kiB))]),
];
process.stdout.write(
  `${resources} resources, ${look.copies.length} copies; ${model.result.findings.length} findings\n${table(rows)}\nheap: catalogue ${Math.round(ofCatalogue)} MiB, model ${Math.round(ofModel)} MiB; peak of the process ${Math.round(processUse(process.pid)?.peakMiB ?? 0)} MiB\n`,
);
