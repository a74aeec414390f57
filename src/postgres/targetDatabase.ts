import { Pool, type PoolClient } from 'pg';
import { applicationFailure } from '../core/applicationFailure';
import { failureTypes } from '../core/failure';
import { postgresFailure } from './postgresFailure';
import { fixSession } from './session';

export interface TargetOptions {
  /** `postgres://user@host:5432/database?sslmode=verify-full`, never with a password. */
  readonly url: string;
  /** Without one, PGPASSWORD or the password file (PGPASSFILE) of this process decides. */
  readonly password?: string | undefined;
  readonly connections: number;
}

/** The URL of a database in words that may be shown and stored: checked to hold no password. */
export function parseTarget(url: string): { readonly host: string; readonly database: string } {
  const invalid = (why: string) =>
    applicationFailure(failureTypes.invalidInput, `the target ${why}: give it as postgres://user@host:5432/database`);
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw invalid('is no URL');
  }
  if (!/^postgres(ql)?:$/.test(parsed.protocol)) throw invalid('is not PostgreSQL');
  if (parsed.password !== '' || parsed.searchParams.has('password'))
    throw invalid('has its password in the URL, where everyone sees it; use PGPASSWORD, a password file or a secret');
  const database = decodeURIComponent(parsed.pathname.slice(1));
  if (parsed.hostname === '' || database === '') throw invalid('names no host and database');
  return { host: parsed.hostname, database };
}

/** A URL that `pg` logs in with: beside a URL, it overlooks a password of its own. Not to be shown, stored or thrown. */
export function urlWithPassword(url: string, password: string | undefined): string {
  if (password === undefined) return url;
  const whole = new URL(url);
  whole.password = encodeURIComponent(password);
  return whole.href;
}

/** The database that a restore writes to. */
export class TargetDatabase {
  private readonly pool: Pool;

  constructor({ url, password, connections }: TargetOptions) {
    parseTarget(url);
    this.pool = new Pool({
      connectionString: urlWithPassword(url, password),
      max: connections,
      application_name: 'farcopy restore',
      connectionTimeoutMillis: 30_000,
      keepAlive: true,
    });
    // A connection that breaks while nobody uses it is replaced when one is needed.
    this.pool.on('error', () => undefined);
  }

  /**
   * Lends a connection whose session is fixed. `doing` begins the messages of failures. A connection that anything failed on
   * is closed, which also undoes what it had not committed.
   */
  async session<T>(doing: string, monetary: string, work: (client: PoolClient) => Promise<T>): Promise<T> {
    let client: PoolClient | undefined;
    try {
      client = await this.pool.connect();
      await fixSession(client, monetary);
      const result = await work(client);
      client.release();
      return result;
    } catch (error) {
      client?.release(true);
      throw postgresFailure(error, doing);
    }
  }

  async close(): Promise<void> {
    await this.pool.end();
  }
}
