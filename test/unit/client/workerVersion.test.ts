import { workerVersion } from '../../../src/client/temporalConfig';
import { deploymentOf } from '../../../src/worker/workerQueues';

describe('the version of a worker', () => {
  it('is none where nothing names one', () => {
    expect(workerVersion({})).toBeNull();
    expect(workerVersion({ TEMPORAL_DEPLOYMENT_NAME: '', TEMPORAL_WORKER_BUILD_ID: ' ' })).toBeNull();
  });

  it('is refused by halves: a worker without one would take tasks of every build', () => {
    expect(() => workerVersion({ TEMPORAL_DEPLOYMENT_NAME: 'panda' })).toThrow(
      'TEMPORAL_DEPLOYMENT_NAME is set without',
    );
    expect(() => workerVersion({ TEMPORAL_WORKER_BUILD_ID: '1' })).toThrow('TEMPORAL_WORKER_BUILD_ID is set without');
  });

  it('is refused under the name that all fleets share, and under one that Temporal takes apart at its dots', () => {
    for (const name of ['farcopy-service-limits', 'farcopy.prod'])
      expect(() => workerVersion({ TEMPORAL_DEPLOYMENT_NAME: name, TEMPORAL_WORKER_BUILD_ID: '1' })).toThrow(
        `TEMPORAL_DEPLOYMENT_NAME cannot be ${name}`,
      );
  });

  it('belongs to the deployment of its fleet; for the semaphores, to the one of all fleets', () => {
    const version = workerVersion({ TEMPORAL_DEPLOYMENT_NAME: 'panda', TEMPORAL_WORKER_BUILD_ID: '0.2.0' });
    expect(version).toEqual({ deploymentName: 'panda', buildId: '0.2.0' });
    if (version === null) return;
    expect(deploymentOf('fleet', version)).toBe('panda');
    expect(deploymentOf('transfer', version)).toBe('panda');
    expect(deploymentOf('limits', version)).toBe('farcopy-service-limits');
  });
});
