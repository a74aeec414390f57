import { z } from 'zod';
import { type DatabaseSchema, type QualifiedName } from '../../core/catalogue/databaseSchema';

/** PostgreSQL has no NUL in names and texts; a statement with one would end there. */
const text = z.string().refine((one) => !one.includes('\0'), 'has a NUL');
const texts = z.array(text);
const name = text.min(1);
const textOrNone = text.nullable();
const qualifiedName = z.object({ schema: name, name });
const definition = z.object({ name, definition: text });

const domain = {
  base: text,
  collation: textOrNone,
  notNull: z.boolean(),
  default: textOrNone,
  checks: z.array(definition),
};
const attributes = z.array(z.object({ name, type: text, collation: textOrNone }));
const type = z.discriminatedUnion('kind', [
  z.object({ ...qualifiedName.shape, kind: z.literal('enum'), labels: texts }),
  z.object({ ...qualifiedName.shape, kind: z.literal('domain'), ...domain }),
  z.object({ ...qualifiedName.shape, kind: z.literal('composite'), attributes }),
  z.object({ ...qualifiedName.shape, kind: z.literal('range'), subtype: text, multirange: textOrNone }),
]);

const column = z.object({
  name,
  type: text,
  collation: textOrNone,
  notNull: z.boolean(),
  default: textOrNone,
  identity: z.enum(['always', 'by-default']).nullable(),
  generated: z.enum(['stored', 'virtual']).nullable(),
  comment: textOrNone,
});

const table = z.object({
  ...qualifiedName.shape,
  columns: z.array(column),
  unlogged: z.boolean(),
  partitionKey: textOrNone,
  partitionOf: z.object({ parent: qualifiedName, bound: text }).nullable(),
  inherits: z.array(qualifiedName),
  options: texts,
  constraints: z.array(
    z.object({ ...definition.shape, kind: z.enum(['primary-key', 'unique', 'exclusion', 'check', 'foreign-key']) }),
  ),
  indexes: z.array(definition),
  triggers: z.array(z.object({ ...definition.shape, disabled: z.boolean() })),
  rowSecurity: z.boolean(),
  comment: textOrNone,
  rows: z.number().nullable(),
  checksum: textOrNone,
});

const sequence = z.object({
  ...qualifiedName.shape,
  ...{ type: text, start: text, minimum: text, maximum: text, increment: text, cache: text },
  cycle: z.boolean(),
  lastValue: textOrNone,
  ownedBy: z.object({ table: qualifiedName, column: name, identity: z.boolean() }).nullable(),
});

const view = z.object({
  ...qualifiedName.shape,
  ...{ materialized: z.boolean(), populated: z.boolean(), options: texts, definition: text },
  indexes: z.array(definition),
  comment: textOrNone,
});

const collation = z.object({
  ...qualifiedName.shape,
  provider: z.enum(['icu', 'libc', 'builtin']),
  locale: text,
  deterministic: z.boolean(),
});

const schema = z
  .object({
    version: z.literal(1),
    database: name,
    takenFrom: z.enum(['recovery-point', 'live']),
    serverVersion: z.number(),
    encoding: text,
    monetary: text,
    extensions: z.array(z.object({ name, schema: name, tables: z.array(qualifiedName) })),
    schemas: z.array(z.object({ name, comment: textOrNone })),
    collations: z.array(collation),
    types: z.array(type),
    functions: z.array(z.object({ identity: text, definition: text })),
    sequences: z.array(sequence),
    tables: z.array(table),
    views: z.array(view),
    omitted: texts,
  })
  .refine(({ tables }) => !isCircular(tables), 'has partitions of one another');

const bundle = z.object({ schemas: z.array(schema) });

/**
 * The schemas of a recovery bundle: whoever can write into a bucket can write anything.
 *
 * @throws Error that says what is wrong with them, and where.
 */
export function bundleSchemas(document: unknown): readonly DatabaseSchema[] {
  const found = bundle.safeParse(document);
  if (found.success) return found.data.schemas;
  const [issue] = found.error.issues;
  throw new Error(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

interface Partition extends QualifiedName {
  readonly partitionOf: { readonly parent: QualifiedName } | null;
}

function isCircular(tables: readonly Partition[]): boolean {
  const key = ({ schema: of, name: called }: QualifiedName) => JSON.stringify([of, called]);
  const parents = new Map(
    tables.map((one) => [key(one), one.partitionOf === null ? undefined : key(one.partitionOf.parent)]),
  );
  const sound = new Set<string>();
  for (const start of parents.keys()) {
    const path = new Set<string>();
    for (let at: string | undefined = start; at !== undefined && !sound.has(at); at = parents.get(at)) {
      if (path.has(at)) return true;
      path.add(at);
    }
    for (const one of path) sound.add(one);
  }
  return false;
}
