import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type Logger, makeTelemetryFilterString, Runtime, type TelemetryOptions } from '@temporalio/worker';
import { messageOf } from '../../core/failure';
import { permitWaitMetric } from '../../core/limits/permitWait';

const loopback = '127.0.0.1';
/** Between the look for a free port and the use of it another process may take it. */
const tries = 10;
const scrapeWithinMs = 5_000;

/** The metrics of Temporal's SDK, in the text format of Prometheus. */
export type SdkMetrics = () => Promise<string>;

/** Makes Temporal's runtime of this process, which tells its metrics to nobody; before anything of Temporal's, and once. */
export function installRuntime(logger: Logger): void {
  Runtime.install({ logger, telemetryOptions: { logging } });
}

/**
 * The same, with metrics. The SDK serves them itself, on a port that it must be told: it gets a free one of the loopback address, so that
 * ours are served beside them, under the one address that people choose.
 *
 * Names are those of Prometheus: durations in seconds with `_seconds`, counters with `_total`.
 */
export async function installMeasuringRuntime(logger: Logger): Promise<SdkMetrics> {
  for (let attempt = 1; ; attempt += 1) {
    const bindAddress = `${loopback}:${await freePort()}`;
    const prometheus = {
      ...{ bindAddress, countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true },
      histogramBucketOverrides: { [permitWaitMetric.name]: permitWaitMetric.buckets },
    };
    try {
      Runtime.install({ logger, telemetryOptions: { logging, metrics: { prometheus } } });
    } catch (error) {
      // The SDK has no code for it. Nothing is installed then.
      if (attempt < tries && /address already in use/i.test(messageOf(error))) continue;
      throw error;
    }
    return async () => {
      const response = await fetch(`http://${bindAddress}/metrics`, { signal: AbortSignal.timeout(scrapeWithinMs) });
      if (!response.ok) throw new Error(`the SDK's metrics: ${response.status}`);
      return response.text();
    };
  }
}

const logging: TelemetryOptions['logging'] = { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN' }) };

async function freePort(): Promise<number> {
  const server = createServer().listen(0, loopback);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
