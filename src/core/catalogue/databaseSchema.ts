/**
 * What a database is made of besides its rows: the `schema` of a recovery bundle. An export holds rows only, so this is what
 * brings keys, indexes, defaults, sequences, views and programs back. Everything is in a fixed order: equal databases give
 * equal documents.
 */
export interface DatabaseSchema {
  readonly version: 1;
  readonly database: string;
  /**
   * `recovery-point`: of a cluster restored from it, so rows and checksums must be met exactly. `live`: of the source while it
   * was in use, so they are of another moment than the data.
   */
  readonly takenFrom: 'recovery-point' | 'live';
  /** `server_version_num`: 180001 is 18.1. */
  readonly serverVersion: number;
  readonly encoding: string;
  /** `lc_monetary`: how the text of `money` has to be read. */
  readonly monetary: string;
  readonly extensions: readonly {
    readonly name: string;
    readonly schema: string;
    /** Its own, which it makes and fills by itself. */
    readonly tables: readonly QualifiedName[];
  }[];
  readonly schemas: readonly { readonly name: string; readonly comment: string | null }[];
  readonly collations: readonly CollationSchema[];
  readonly types: readonly TypeSchema[];
  readonly functions: readonly { readonly identity: string; readonly definition: string }[];
  readonly sequences: readonly SequenceSchema[];
  readonly tables: readonly TableSchema[];
  readonly views: readonly ViewSchema[];
  /** What the database has and this document does not describe, for a person to read: `policy …`, `event trigger …`. */
  readonly omitted: readonly string[];
}

export interface QualifiedName {
  readonly schema: string;
  readonly name: string;
}

export interface CollationSchema extends QualifiedName {
  readonly provider: 'icu' | 'libc' | 'builtin';
  readonly locale: string;
  readonly deterministic: boolean;
}

/** Types and expressions are texts as PostgreSQL gives them with an empty `search_path`: qualified and quoted. */
export type TypeSchema = QualifiedName &
  (
    | { readonly kind: 'enum'; readonly labels: readonly string[] }
    | {
        readonly kind: 'domain';
        readonly base: string;
        readonly collation: string | null;
        readonly notNull: boolean;
        readonly default: string | null;
        readonly checks: readonly { readonly name: string; readonly definition: string }[];
      }
    | {
        readonly kind: 'composite';
        readonly attributes: readonly {
          readonly name: string;
          readonly type: string;
          readonly collation: string | null;
        }[];
      }
    | { readonly kind: 'range'; readonly subtype: string; readonly multirange: string | null }
  );

export interface ColumnSchema {
  readonly name: string;
  readonly type: string;
  /** Set where it is not the one of the type. */
  readonly collation: string | null;
  readonly notNull: boolean;
  /** Of a generated column, what it is made of. */
  readonly default: string | null;
  readonly identity: 'always' | 'by-default' | null;
  readonly generated: 'stored' | 'virtual' | null;
  readonly comment: string | null;
}

export interface ConstraintSchema {
  readonly name: string;
  readonly kind: 'primary-key' | 'unique' | 'exclusion' | 'check' | 'foreign-key';
  readonly definition: string;
}

export interface TableSchema extends QualifiedName {
  readonly columns: readonly ColumnSchema[];
  readonly unlogged: boolean;
  /** `LIST (region)` where it is partitioned. */
  readonly partitionKey: string | null;
  /** Set where it is a partition: its rows are its parent's. */
  readonly partitionOf: { readonly parent: QualifiedName; readonly bound: string } | null;
  readonly inherits: readonly QualifiedName[];
  readonly options: readonly string[];
  readonly constraints: readonly ConstraintSchema[];
  readonly indexes: readonly { readonly name: string; readonly definition: string }[];
  readonly triggers: readonly { readonly name: string; readonly definition: string; readonly disabled: boolean }[];
  readonly rowSecurity: boolean;
  readonly comment: string | null;
  /** With those of its partitions; null where they were not counted. */
  readonly rows: number | null;
  /** Of all rows, in any order (postgres/tableChecksums.ts); null where none was made. */
  readonly checksum: string | null;
}

export interface SequenceSchema extends QualifiedName {
  readonly type: string;
  readonly start: string;
  readonly minimum: string;
  readonly maximum: string;
  readonly increment: string;
  readonly cache: string;
  readonly cycle: boolean;
  /** Null where it was never asked. */
  readonly lastValue: string | null;
  readonly ownedBy: { readonly table: QualifiedName; readonly column: string; readonly identity: boolean } | null;
}

export interface ViewSchema extends QualifiedName {
  readonly materialized: boolean;
  readonly populated: boolean;
  readonly options: readonly string[];
  readonly definition: string;
  readonly indexes: readonly { readonly name: string; readonly definition: string }[];
  readonly comment: string | null;
}
