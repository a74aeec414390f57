import { label } from '../../src/postgres/qualified';
import { type SeenTable } from './databaseTables';
import { type ExpectedCluster, type ProvenRestore } from './proof';

/** What came of one restore, as the database it made shows it. */
export interface SeenRestore extends Pick<ProvenRestore, 'from' | 'to' | 'rtoSeconds'> {
  /** In words for people; null where it said that it had ended well. */
  readonly problem: string | null;
  /** What is in it; null where nothing could be read. */
  readonly tables: readonly SeenTable[] | null;
}

/** A cluster and the databases that its copies were restored into. */
export interface RestoredCluster {
  readonly source: readonly SeenTable[];
  readonly restores: readonly SeenRestore[];
}

/** Proves that every restore holds what its source does: the same tables, each with its columns, as many rows and the same checksum. */
export function proveRestores(
  { account, region, id }: Pick<ExpectedCluster, 'account' | 'region' | 'id'>,
  { source, restores }: RestoredCluster,
): { readonly restores: readonly ProvenRestore[]; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const proven = restores.map(({ from, to, rtoSeconds, problem, tables }): ProvenRestore => {
    const wrong = [
      ...(problem === null ? [] : [problem]),
      ...(tables === null ? ['nothing could be read from it'] : differences(source, tables)),
    ];
    problems.push(...wrong.map((sentence) => `${account}/${region}/${id}: restored from ${from}: ${sentence}`));
    return {
      from,
      to,
      tables: tables?.length ?? 0,
      rows: tables?.reduce((sum, { rows }) => sum + rows, 0) ?? 0,
      equal: wrong.length === 0,
      rtoSeconds,
    };
  });
  return { restores: proven, problems };
}

function differences(source: readonly SeenTable[], restored: readonly SeenTable[]): string[] {
  // Two empty databases are alike, and prove nothing.
  if (source.every(({ rows }) => rows === 0)) return ['its source has no rows to compare'];
  const there = new Map(restored.map((table) => [label(table), table]));
  const wrong = source.flatMap((table) => {
    const name = label(table);
    const found = there.get(name);
    there.delete(name);
    if (found === undefined) return [`table ${name} is missing`];
    const columns = otherColumns(table, found);
    if (columns.length > 0) return columns.map((column) => `table ${name}: ${column}`);
    if (found.rows !== table.rows) return [`table ${name} has ${found.rows} rows instead of ${table.rows}`];
    return found.checksum === table.checksum ? [] : [`table ${name} has other contents than its source`];
  });
  return [...wrong, ...[...there.keys()].map((name) => `table ${name} is not in its source`)];
}

/** The text of a row, and so its checksum, may be the same where a type is not: `{1,2}` is an array or a word. */
function otherColumns({ columns }: SeenTable, { columns: found }: SeenTable): string[] {
  const names = [...new Set([...Object.keys(columns), ...Object.keys(found)])];
  return names.flatMap((name) =>
    columns[name] === found[name]
      ? []
      : [`column ${name} is ${found[name] ?? 'missing'} instead of ${columns[name] ?? 'missing'}`],
  );
}
