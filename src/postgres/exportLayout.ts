import { type QualifiedName } from '../core/catalogue/databaseSchema';

/**
 * Where an object of an export belongs, by its key relative to the export (`{task}/{database}/{schema}.{table}/…`). The files
 * in a table's folder are read whatever they are called, as AWS advises, but for what is no Parquet.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ExportSnapshot.FileNames.html
 */
export type ExportObject =
  | { readonly kind: 'part'; readonly database: string; readonly folder: string }
  | { readonly kind: 'tables-info' }
  | { readonly kind: 'other' };

export function exportObject(key: string): ExportObject {
  const [, database, folder, ...rest] = key.split('/');
  if (database === undefined) return { kind: 'other' };
  if (folder === undefined)
    return /^export_tables_info_.*\.json$/.test(database) ? { kind: 'tables-info' } : { kind: 'other' };
  return rest.length > 0 && key.endsWith('.parquet') ? { kind: 'part', database, folder } : { kind: 'other' };
}

/**
 * The folder of a table. AWS writes backslashes, backticks, double quotes and spaces as underscores.
 *
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-export-snapshot.Considerations.html
 */
export function tableFolder({ schema, name }: QualifiedName): string {
  return `${schema}.${name}`.replace(/[\\`" ]/g, '_');
}

/** What AWS tells of a column: the name of its type in `information_schema`. */
export interface ExportedColumn {
  readonly name: string;
  readonly originalType: string;
  /** 0 where it has none. */
  readonly characters: number;
}

export interface ExportedTable {
  readonly database: string;
  readonly table: QualifiedName;
  readonly complete: boolean;
  readonly columns: readonly ExportedColumn[];
}

/**
 * The tables of an `export_tables_info_….json`, which AWS does not document; entries that are not of a table (a database that
 * was skipped) are left out. A table's `target` is `database.schema.table`, so of names with dots the first two end at one.
 *
 * @throws Error where the text is no such file.
 */
export function parseTablesInfo(text: string): ExportedTable[] {
  const document: unknown = JSON.parse(text);
  const statuses = field(document, 'perTableStatus');
  if (!Array.isArray(statuses)) throw new Error('it has no perTableStatus');
  return statuses.flatMap((status): ExportedTable[] => {
    const [, database, schema, name] = /^([^.]*)\.([^.]*)\.(.*)$/s.exec(String(field(status, 'target'))) ?? [];
    const mappings = field(field(status, 'schemaMetadata'), 'originalTypeMappings');
    if (database === undefined || schema === undefined || name === undefined || !Array.isArray(mappings)) return [];
    return [
      {
        database,
        table: { schema, name },
        complete: field(status, 'status') === 'COMPLETE',
        columns: mappings.map((mapping) => ({
          name: String(field(mapping, 'columnName')),
          originalType: String(field(mapping, 'originalType')),
          characters: Number(field(mapping, 'originalCharMaxLength') ?? 0) || 0,
        })),
      },
    ];
  });
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
