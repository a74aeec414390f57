import { loadClientConnectConfig } from '@temporalio/envconfig';
import { InvalidRequestError } from './invalidRequestError';
import { messageOf } from '../core/failure';

export type TemporalConfig = ReturnType<typeof temporalConfig>;

const defaultAddress = 'localhost:7233';

/**
 * How to reach Temporal, by the vendor's own variables and `temporal.toml` (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`,
 * `TEMPORAL_API_KEY`, `TEMPORAL_TLS…`, `TEMPORAL_PROFILE`): whatever the `temporal` command reaches is reached here.
 *
 * @throws InvalidRequestError when the file or a variable cannot be read.
 */
export function temporalConfig() {
  try {
    const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
    return {
      connectionOptions: { ...connectionOptions, address: connectionOptions.address ?? defaultAddress },
      namespace,
    };
  } catch (error) {
    throw new InvalidRequestError(
      `the settings for Temporal cannot be used: ${messageOf(error)}`,
      'look at the TEMPORAL_… variables and temporal.toml',
    );
  }
}
