import { type Client } from 'pg';
import { parsePostgresUrl } from '../../core/restore/postgresUrl';
import { connected, connectionConfig } from '../../postgres/connect/connection';
import { postgresFailure } from '../../postgres/postgresFailure';
import { type PasswordDependencies, serverPassword } from '../restore/serverPassword';

const connectionTimeoutMs = 15_000;

/**
 * A session on the scratch server of drills, which the caller ends; the signal ends it too. Throws failures of core/failure.ts.
 *
 * @param server `secret`: ARN; null where this process has the password (PGPASSWORD)
 */
export async function openServer(
  server: { readonly url: string; readonly secret: string | null },
  dependencies: PasswordDependencies,
  signal: AbortSignal,
): Promise<Client> {
  const target = parsePostgresUrl(server.url);
  const password = await serverPassword(server, dependencies, signal);
  const config = connectionConfig(target, password, {
    application_name: 'farcopy drill',
    connectionTimeoutMillis: connectionTimeoutMs,
    keepAlive: true,
  });
  return connected(config, signal).catch((error: unknown) => {
    throw postgresFailure(error, `connecting to ${target.host}/${target.database}`);
  });
}
