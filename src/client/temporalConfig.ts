import { type ClientConfigProfile, loadClientConfigProfile, toClientOptions } from '@temporalio/envconfig';
import { InvalidRequestError } from './invalidRequestError';
import { messageOf } from '../core/failure';
import { serviceLimitTaskQueue } from '../core/naming';
import { type WorkerVersion } from '../worker/workerQueues';

export type TemporalConfig = ReturnType<typeof temporalConfig>;

const defaultAddress = 'localhost:7233';

/**
 * How to reach Temporal, by the vendor's own variables and `temporal.toml` (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`,
 * `TEMPORAL_API_KEY`, `TEMPORAL_TLS…`, `TEMPORAL_PROFILE`): whatever the `temporal` command reaches is reached here.
 *
 * @throws InvalidRequestError when the file or a variable cannot be read, or one half of a client certificate is missing.
 */
export function temporalConfig() {
  try {
    const profile = loadClientConfigProfile();
    requirePair(profile.tls ?? {});
    const { connectionOptions, namespace = 'default' } = toClientOptions(profile);
    return {
      connectionOptions: { ...connectionOptions, address: connectionOptions.address ?? defaultAddress },
      namespace,
    };
  } catch (error) {
    throw new InvalidRequestError(
      `the settings for Temporal cannot be used: ${withoutLines(error)}`,
      'look at the TEMPORAL_… variables and temporal.toml',
    );
  }
}

/** An error in temporal.toml quotes the line and its neighbours, which may be an API key: it tells their place only. */
function withoutLines(error: unknown): string {
  const message = messageOf(error);
  const { line, column, codeblock } = (error ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof codeblock !== 'string') return message;
  const [words = ''] = message.split('\n');
  return `temporal.toml, line ${String(line)}, column ${String(column)}: ${words}`;
}

/** The vendor's own code connects without a certificate where half of it is missing. */
function requirePair({ clientCert, clientKey }: NonNullable<ClientConfigProfile['tls']>): void {
  if ((clientCert === undefined) === (clientKey === undefined)) return;
  throw new Error(
    clientKey === undefined
      ? 'there is a client certificate without its key (TEMPORAL_TLS_CLIENT_KEY_PATH or …_DATA)'
      : 'there is the key of a client certificate without the certificate (TEMPORAL_TLS_CLIENT_CERT_PATH or …_DATA)',
  );
}

/**
 * The version of this worker for Temporal's Worker Versioning, by the variables that Temporal's own deployment tools set
 * (`TEMPORAL_DEPLOYMENT_NAME`, `TEMPORAL_WORKER_BUILD_ID`); null where neither is set: then any worker may take any task.
 *
 * @throws InvalidRequestError when only one of them is set, one has characters that Temporal's commands do not take, or the name is
 * that of the service limits' deployment.
 */
export function workerVersion(environment: NodeJS.ProcessEnv = process.env): WorkerVersion | null {
  const deploymentName = environment.TEMPORAL_DEPLOYMENT_NAME?.trim() ?? '';
  const buildId = environment.TEMPORAL_WORKER_BUILD_ID?.trim() ?? '';
  if (deploymentName === '' && buildId === '') return null;
  if (deploymentName === '' || buildId === '')
    throw new InvalidRequestError(
      `${deploymentName === '' ? 'TEMPORAL_WORKER_BUILD_ID' : 'TEMPORAL_DEPLOYMENT_NAME'} is set without its other half`,
      'set both TEMPORAL_DEPLOYMENT_NAME and TEMPORAL_WORKER_BUILD_ID to version workers, or neither',
    );
  if (deploymentName === serviceLimitTaskQueue || !/^[\w-]+$/.test(deploymentName))
    throw new InvalidRequestError(
      `TEMPORAL_DEPLOYMENT_NAME cannot be ${deploymentName}`,
      `name the deployment after the fleet, in letters, digits, - and _; ${serviceLimitTaskQueue} is what all fleets share`,
    );
  if (!/^[\w.+-]+$/.test(buildId))
    throw new InvalidRequestError(
      `TEMPORAL_WORKER_BUILD_ID cannot be ${buildId}`,
      'name the build in letters, digits, and the characters . - _ +',
    );
  return { deploymentName, buildId };
}
