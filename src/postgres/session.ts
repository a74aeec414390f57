import { type QueryResult, type QueryResultRow } from 'pg';
import { applicationFailure } from '../core/applicationFailure';
import { failureTypes } from '../core/failure';

/** A client of `pg`, or one of a pool: the same connection for every query. */
export interface Session {
  query<R extends QueryResultRow = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
  ): Promise<QueryResult<R>>;
}

/**
 * Fixes everything that PostgreSQL lets a role, database or client decide about how a value looks as text, so that the same
 * value has the same text on every server: what is read is read as it was written, and checksums of texts can be compared.
 * The empty search path makes PostgreSQL qualify every name it prints, and no name in `public` can be taken for another.
 */
export async function fixSession(session: Session, monetary = 'C'): Promise<void> {
  await session.query(`
    SET client_encoding = 'UTF8'; SET DateStyle = 'ISO, YMD'; SET TimeZone = 'UTC'; SET IntervalStyle = 'postgres';
    SET extra_float_digits = 1; SET bytea_output = 'hex'; SET xmloption = 'content'; SET search_path = '';
    SET standard_conforming_strings = on; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0;
    SET lock_timeout = 0; SET row_security = off;
  `);
  if (monetary === 'C') await session.query(`SET lc_monetary = 'C'`);
  else
    await session.query(`SELECT set_config('lc_monetary', $1, false)`, [monetary]).catch((error: unknown) => {
      throw applicationFailure(
        failureTypes.configuration,
        `the server does not know the locale ${monetary}, by which amounts of money have to be read: ${(error as Error).message}`,
      );
    });
}

/** Runs work in a transaction, and undoes it where it fails. */
export async function inTransaction<T>(session: Session, work: () => Promise<T>, begin = 'BEGIN'): Promise<T> {
  await session.query(begin);
  try {
    const result = await work();
    await session.query('COMMIT');
    return result;
  } catch (error) {
    // A connection that broke has no transaction left to undo; the first error says why.
    await session.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
