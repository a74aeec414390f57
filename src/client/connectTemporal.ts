import { Client, type ClientInterceptors, Connection } from '@temporalio/client';
import { openPayloads, type Payloads } from '../payloads';
import { payloadKeys } from './payloadKeys';
import { retriesUntil } from './retriesUntil';
import { type TemporalConfig, temporalConfig } from './temporalConfig';
import { refusalTrouble, tlsTrouble } from './temporalTrouble';
import { UnreachableError } from './unreachableError';

/** A connection to Temporal, to be closed by whoever made it. */
export interface TemporalConnection {
  readonly client: Client;
  readonly address: string;
  readonly namespace: string;
  /** How the client reads and writes payloads. */
  readonly payloads: Payloads;
  close(): Promise<void>;
}

/** How long the first answer may take: where nobody listens, more waiting helps nobody. */
const connectTimeout = '10s';

/**
 * Connects to Temporal, with the keys for payloads that the environment names.
 *
 * @throws UnreachableError when nothing answers, or what answers refuses.
 * @throws InvalidRequestError when a variable cannot be read.
 */
export async function connectTemporal(
  config: TemporalConfig = temporalConfig(),
  interceptors: ClientInterceptors = {},
): Promise<TemporalConnection> {
  const { connectionOptions, namespace } = config;
  const { address } = connectionOptions;
  const payloads = openPayloads(payloadKeys(), namespace);
  const closed = new AbortController();
  const connection = Connection.lazy({
    ...connectionOptions,
    connectTimeout,
    interceptors: [retriesUntil(closed.signal)],
  });
  try {
    await connection.ensureConnected();
    const client = new Client({ connection, namespace, dataConverter: payloads.dataConverter, interceptors });
    const close = async () => {
      payloads.close();
      closed.abort();
      await connection.close();
    };
    return { client, address, namespace, payloads, close };
  } catch (error) {
    payloads.close();
    // It would try for ever.
    closed.abort();
    await connection.close();
    throw await temporalUnreachable(config, error);
  }
}

/** Says why a connection to Temporal did not come about, as far as that can be found out, and what to do. */
export async function temporalUnreachable(config: TemporalConfig, cause: unknown): Promise<UnreachableError> {
  const { connectionOptions } = config;
  const trouble = refusalTrouble(connectionOptions, cause) ?? (await tlsTrouble(connectionOptions));
  if (trouble !== null) return new UnreachableError(trouble.message, trouble.hint);
  return new UnreachableError(
    `Temporal at ${connectionOptions.address} cannot be reached`,
    'is the server running, and are TEMPORAL_ADDRESS and the TLS settings right? `farcopy sandbox up` starts one to try things with',
    { cause },
  );
}
