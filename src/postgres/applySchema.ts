import { DatabaseError } from 'pg';
import { applicationFailure } from '../core/applicationFailure';
import { failureTypes } from '../core/failure';
import { type SchemaStatement } from './createSchema';
import { lockRestore, noteStatements, statementsLeft } from './restoreState';
import { inTransaction, type Session } from './session';
import { escapeIdentifier } from './qualified';

/** What a transaction makes stays locked until it ends, and a server has 6,400 locks unless it is told otherwise. */
const statementsAtOnce = 200;

/**
 * Runs statements until no more of them succeed: what needs something that comes later is tried again after it. What is run is
 * noted with it, so that whoever is stopped, or runs beside another, makes nothing twice. What the target refuses for good and
 * the data can do without is noted too.
 *
 * @throws `Configuration` where it refused something that rows cannot be loaded without.
 */
export async function applySchema(
  session: Session,
  statements: readonly SchemaStatement[],
  signal?: AbortSignal,
): Promise<void> {
  let waiting = statements.map((statement) => ({ statement, reason: '' }));
  for (let before = Infinity; waiting.length > 0 && waiting.length < before;) {
    before = waiting.length;
    const again: typeof waiting = [];
    for (let at = 0; at < waiting.length; at += statementsAtOnce) {
      const some = waiting.slice(at, at + statementsAtOnce).map(({ statement }) => statement);
      again.push(...(await inTransaction(session, () => applySome(session, some, signal))));
    }
    waiting = again;
  }
  const [fatal] = waiting.filter(({ statement }) => statement.needed);
  if (fatal !== undefined)
    throw applicationFailure(
      failureTypes.configuration,
      `the target refuses the ${fatal.statement.what}: ${fatal.reason}; what the schema needs (extensions, collations, a newer PostgreSQL) must be there before its rows can be restored`,
    );
}

/** Those that the target refuses. */
async function applySome(
  session: Session,
  statements: readonly SchemaStatement[],
  signal: AbortSignal | undefined,
): Promise<{ readonly statement: SchemaStatement; readonly reason: string }[]> {
  await session.query(lockRestore);
  await session.query(`SET LOCAL check_function_bodies = off`);
  const run: { readonly statement: SchemaStatement; readonly reason: string | null }[] = [];
  for (const statement of await statementsLeft(session, statements)) {
    signal?.throwIfAborted();
    run.push({ statement, reason: await refusal(session, statement.sql) });
  }
  await noteStatements(session, run);
  return run.flatMap(({ statement, reason }) => (reason === null ? [] : [{ statement, reason }]));
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
