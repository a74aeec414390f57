import { Client, type ClientConfig } from 'pg';
import { applicationFailure } from '../../core/applicationFailure';
import { type DatabaseAccess } from '../../core/catalogue/databaseAccess';
import { failureTypes } from '../../core/failure';
import { isHost, type PostgresTarget } from '../../core/restore/postgresUrl';

/** How one connection is made, beside where to. */
export type ConnectionOptions = Pick<
  ClientConfig,
  | 'application_name'
  | 'connectionTimeoutMillis'
  | 'keepAlive'
  | 'keepAliveInitialDelayMillis'
  | 'lock_timeout'
  | 'statement_timeout'
  | 'idle_in_transaction_session_timeout'
>;

/**
 * All that `pg` needs to know of a connection: host, user, password, TLS. It takes what it is not told from PGHOST, PGSSLMODE,
 * `~/.pgpass` and the like, so all is told.
 *
 * @param password undefined: none is sent
 * @throws `Configuration` for a host that is a path.
 */
export function connectionConfig(
  { host, port, database, user, tls }: PostgresTarget,
  password: string | undefined,
  options: ConnectionOptions,
): ClientConfig {
  if (!isHost(host))
    throw applicationFailure(failureTypes.configuration, `${JSON.stringify(host)} is no host of a database`);
  return {
    ...options,
    ...{ host, port, database, user },
    // A function: of an empty text pg thinks that it should look for a better one.
    password: () => password ?? '',
    ssl: sslOf(tls),
  };
}

/** A client that knows nothing of the environment. */
export class Connection extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    const { connectionParameters } = this as unknown as { connectionParameters: Record<string, unknown> };
    // PGOPTIONS, PGREPLICATION.
    connectionParameters.options = undefined;
    connectionParameters.replication = undefined;
    // A connection that breaks between two queries fails the next one; without a listener it would end the process.
    this.on('error', () => undefined);
  }
}

function sslOf(tls: DatabaseAccess['tls']): ClientConfig['ssl'] {
  return tls === 'disable' ? false : { rejectUnauthorized: tls === 'verify-full' };
}

/** Connects, or ends what was begun; the signal ends it later too, whatever it is doing. Throws what `pg` throws. */
export async function connected(config: ClientConfig, signal?: AbortSignal): Promise<Client> {
  signal?.throwIfAborted();
  const client = new Connection(config);
  const end = () => void client.end().catch(() => undefined);
  signal?.addEventListener('abort', end, { once: true });
  client.once('end', () => signal?.removeEventListener('abort', end));
  try {
    await client.connect();
    return client;
  } catch (error) {
    end();
    throw error;
  }
}
