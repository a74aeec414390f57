import { Client } from 'pg';
import { postgresFailure } from '../../postgres/postgresFailure';
import { parseTarget, urlWithPassword } from '../../postgres/targetDatabase';
import { type LoadExportDependencies, passwordFor } from '../restore/loadExport';

export type ServerDependencies = Pick<LoadExportDependencies, 'readSecret'>;

const connectionTimeoutMs = 15_000;

/**
 * A session on the scratch server of drills, which the caller ends; the signal ends it too. Throws failures of core/failure.ts.
 *
 * @param secret ARN; null where this process has the password (PGPASSWORD, PGPASSFILE)
 */
export async function openServer(
  { url, secret }: { readonly url: string; readonly secret: string | null },
  { readSecret }: ServerDependencies,
  signal: AbortSignal,
): Promise<Client> {
  const { host, database } = parseTarget(url);
  const password = secret === null ? undefined : passwordFor(url, await readSecret(secret, signal));
  signal.throwIfAborted();
  const client = new Client({
    connectionString: urlWithPassword(url, password),
    application_name: 'farcopy drill',
    connectionTimeoutMillis: connectionTimeoutMs,
    keepAlive: true,
  });
  // A connection that breaks between two queries fails the next one; without a listener it would end the process.
  client.on('error', () => undefined);
  const end = () => void client.end().catch(() => undefined);
  signal.addEventListener('abort', end, { once: true });
  client.once('end', () => signal.removeEventListener('abort', end));
  try {
    await client.connect();
    return client;
  } catch (error) {
    end();
    throw postgresFailure(error, `connecting to ${host}/${database}`);
  }
}
