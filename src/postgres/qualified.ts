import pg from 'pg';
import { applicationFailure } from '../core/applicationFailure';
import { type QualifiedName } from '../core/catalogue/databaseSchema';
import { failureTypes } from '../core/failure';

/** A name in SQL. @throws `VerificationFailed` for one that PostgreSQL cannot have: a statement would end at its NUL. */
export function escapeIdentifier(name: string): string {
  return pg.escapeIdentifier(withoutNul(name));
}

/** A text in SQL. Throws like {@link escapeIdentifier}. */
export function escapeLiteral(text: string): string {
  return pg.escapeLiteral(withoutNul(text));
}

function withoutNul(text: string): string {
  if (!text.includes('\0')) return text;
  throw applicationFailure(
    failureTypes.verificationFailed,
    `${JSON.stringify(text)} has a NUL, which no database has in a name`,
  );
}

/** `"sales"."Order items"`. */
export function qualified({ schema, name }: QualifiedName): string {
  return `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`;
}

/** For people, and the key of maps: `sales.Order items`. */
export function label({ schema, name }: QualifiedName): string {
  return `${schema}.${name}`;
}
