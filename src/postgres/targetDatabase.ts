import { Pool, type PoolClient } from 'pg';
import { parsePostgresUrl } from '../core/restore/postgresUrl';
import { Connection, connectionConfig } from './connect/connection';
import { postgresFailure } from './postgresFailure';
import { fixSession } from './session';

export interface TargetOptions {
  /** `postgres://user@host:5432/database?sslmode=verify-full`, never with a password. */
  readonly url: string;
  /** Undefined: none is sent. */
  readonly password?: string | undefined;
  readonly connections: number;
}

/** The database that a restore writes to. */
export class TargetDatabase {
  private readonly pool: Pool;

  constructor({ url, password, connections }: TargetOptions) {
    this.pool = new Pool({
      ...connectionConfig(parsePostgresUrl(url), password, {
        application_name: 'farcopy restore',
        connectionTimeoutMillis: 30_000,
        keepAlive: true,
      }),
      Client: Connection,
      max: connections,
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
