import { WorkerMetrics } from '../metrics/workerMetrics';
import { type HealthAddress, type HealthServer, startHealthServer } from './healthServer';
import { WorkerHealth } from './workerHealth';

/** A worker that shows how it is. */
export interface Watching {
  readonly health: WorkerHealth;
  readonly metrics: WorkerMetrics;
  readonly server: HealthServer;
}

/**
 * Listens for whoever asks how the worker of these queues is, which is not ready yet.
 *
 * @throws Error of Node's, with its `code`, when the address cannot be listened on.
 */
export async function openWatching(
  address: HealthAddress,
  fleet: string,
  queues: readonly string[],
): Promise<Watching> {
  const health = new WorkerHealth();
  const metrics = new WorkerMetrics(fleet, queues, health);
  const server = await startHealthServer(address, {
    readiness: () => health.report,
    hasStarted: () => health.hasStarted,
    metrics: () => metrics.text(),
  });
  return { health, metrics, server };
}
