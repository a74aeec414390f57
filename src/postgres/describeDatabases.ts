import { type Client } from 'pg';
import { type DatabaseSchema } from '../core/catalogue/databaseSchema';
import { failureTypeOf, failureTypes } from '../core/failure';
import { adviceOnConnect } from './databaseConnections';
import { describeDatabase } from './describeDatabase';
import { postgresFailure } from './postgresFailure';

export interface DescribedDatabases {
  /** In the order of the databases' names. */
  readonly schemas: readonly DatabaseSchema[];
  /** What could not be read, in words for people. */
  readonly unread: readonly string[];
  /** True where another try may read more. */
  readonly passing: boolean;
}

/** Templates are no one's data, and AWS lets nobody into its own. */
const wanted = `
  SELECT datname AS name FROM pg_catalog.pg_database
  WHERE datallowconn AND NOT datistemplate AND datname <> 'rdsadmin' ORDER BY datname COLLATE "C"`;

/**
 * Describes every database of a server that is in use, one after the other: its users come first. What fails is told, and
 * fails nothing else.
 *
 * @param open a session of a database, ended here; ends it too when the signal is aborted
 * @param first the database that tells of the others
 */
export async function describeDatabases(
  open: (database: string) => Promise<Client>,
  first: string,
  signal: AbortSignal,
): Promise<DescribedDatabases> {
  const schemas: DatabaseSchema[] = [];
  const unread: string[] = [];
  let passing = false;
  const attempt = async <T>(what: string, work: () => Promise<T>): Promise<T | null> => {
    try {
      signal.throwIfAborted();
      return await work();
    } catch (error) {
      if (signal.aborted) {
        unread.push(`${what}: there was no time left`);
        return null;
      }
      const failure = postgresFailure(error, 'reading the catalogue', adviceOnConnect) as Error;
      passing ||= failureTypeOf(failure) === failureTypes.transient;
      unread.push(`${what}: ${failure.message}`);
      return null;
    }
  };
  const within = async <T>(database: string, work: (session: Client) => Promise<T>): Promise<T> => {
    const session = await open(database);
    try {
      return await work(session);
    } finally {
      await session.end().catch(() => undefined);
    }
  };

  const names = await attempt('schemas of all databases', () =>
    within(first, async (session) => (await session.query<{ name: string }>(wanted)).rows.map(({ name }) => name)),
  );
  for (const name of names ?? []) {
    const schema = await attempt(`schema of database ${name}`, () =>
      within(name, (session) => describeDatabase(session, { takenFrom: 'live' })),
    );
    if (schema !== null) schemas.push(schema);
  }
  return { schemas, unread, passing };
}
