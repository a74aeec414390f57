import { Client, Connection } from '@temporalio/client';
import { type TemporalConfig, temporalConfig } from './temporalConfig';
import { UnreachableError } from './unreachableError';

/** A connection to Temporal, to be closed by whoever made it. */
export interface TemporalConnection {
  readonly client: Client;
  readonly address: string;
  readonly namespace: string;
  close(): Promise<void>;
}

/** How long the first answer may take: where nobody listens, more waiting helps nobody. */
const connectTimeout = '10s';

/**
 * Connects to Temporal.
 *
 * @throws UnreachableError when nothing answers, or what answers refuses.
 */
export async function connectTemporal(config: TemporalConfig = temporalConfig()): Promise<TemporalConnection> {
  const { connectionOptions, namespace } = config;
  const { address } = connectionOptions;
  try {
    const connection = await Connection.connect({ ...connectionOptions, connectTimeout });
    return { client: new Client({ connection, namespace }), address, namespace, close: () => connection.close() };
  } catch (error) {
    throw new UnreachableError(
      `Temporal at ${address} cannot be reached`,
      'is the server running, and are TEMPORAL_ADDRESS and the TLS settings right? `farcopy sandbox up` starts one to try things with',
      { cause: error },
    );
  }
}
