import { DatabaseError, escapeIdentifier } from 'pg';
import { applicationFailure } from '../core/applicationFailure';
import { failureTypes } from '../core/failure';
import { type SchemaStatement } from './createSchema';
import { type Session } from './session';

/** A statement that the target refused, and what it said. */
export interface RefusedStatement {
  readonly what: string;
  readonly reason: string;
}

/**
 * Runs statements inside the transaction of the caller until no more of them succeed: what needs something that comes later is
 * tried again after it. Returns what the target refused for good and the data can do without.
 *
 * @throws `Configuration` where it refused something that rows cannot be loaded without.
 */
export async function applySchema(
  session: Session,
  statements: readonly SchemaStatement[],
  signal?: AbortSignal,
): Promise<RefusedStatement[]> {
  await session.query(`SET LOCAL check_function_bodies = off`);
  let waiting = statements.map((statement) => ({ statement, reason: '' }));
  for (let before = Infinity; waiting.length > 0 && waiting.length < before;) {
    before = waiting.length;
    const again: typeof waiting = [];
    for (const { statement } of waiting) {
      signal?.throwIfAborted();
      const reason = await refusal(session, statement.sql);
      if (reason !== null) again.push({ statement, reason });
    }
    waiting = again;
  }
  const [fatal] = waiting.filter(({ statement }) => statement.needed);
  if (fatal !== undefined)
    throw applicationFailure(
      failureTypes.configuration,
      `the target refuses the ${fatal.statement.what}: ${fatal.reason}; what the schema needs (extensions, collations, a newer PostgreSQL) must be there before its rows can be restored`,
    );
  return waiting.map(({ statement, reason }) => ({ what: statement.what, reason }));
}

/** Null where the statement succeeded; the transaction goes on in any case. */
async function refusal(session: Session, sql: string): Promise<string | null> {
  const savepoint = escapeIdentifier('farcopy_statement');
  await session.query(`SAVEPOINT ${savepoint}`);
  try {
    await session.query(sql);
    await session.query(`RELEASE SAVEPOINT ${savepoint}`);
    return null;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await session.query(`ROLLBACK TO SAVEPOINT ${savepoint}`);
    return error.message;
  }
}

/** The server understood and said no; anything else is of the connection or the server's state, and may pass. */
export function isRefusal(error: unknown): error is DatabaseError {
  return error instanceof DatabaseError && !/^(08|53|57|58|40|XX)/.test(error.code ?? '');
}
