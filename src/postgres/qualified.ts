import { escapeIdentifier } from 'pg';
import { type QualifiedName } from '../core/catalogue/databaseSchema';

/** `"sales"."Order items"`. */
export function qualified({ schema, name }: QualifiedName): string {
  return `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`;
}

/** For people, and the key of maps: `sales.Order items`. */
export function label({ schema, name }: QualifiedName): string {
  return `${schema}.${name}`;
}
