import { type Cell } from './table';

/** A column of a table of rows. */
export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => Cell;
  /** Where every row says the same the column is left out, and this is said once instead; null says nothing. */
  readonly same?: (text: string) => string | null;
}

export interface ToldColumns {
  readonly titles: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** What all rows have in common: a line below the table; empty where there is nothing to say. */
  readonly common: string;
}

/** A table without the columns that tell nothing apart. */
export function toldColumns<Row>(rows: readonly Row[], columns: readonly (Column<Row> | null)[]): ToldColumns {
  const common: string[] = [];
  const left = columns.flatMap((column) => {
    if (column === null) return [];
    const cells = rows.map((row) => column.cell(row));
    const [first = '', ...others] = cells.map(textOf);
    if (column.same === undefined || cells.length === 0 || others.some((text) => text !== first))
      return [{ title: column.title, cells }];
    const said = column.same(first);
    if (said !== null) common.push(said);
    return [];
  });
  return {
    titles: left.map(({ title }) => title),
    rows: rows.map((_, i) => left.map(({ cells }) => cells[i] ?? '')),
    common: common.length === 0 ? '' : `${rows.length > 1 ? 'All: ' : ''}${common.join(', ')}`,
  };
}

/** Kind, account and region: what tells resources of the same identifier apart. */
export function ownerColumns<Row>(
  of: (row: Row) => { readonly kind: string; readonly account: string; readonly region: string } | null,
): readonly Column<Row>[] {
  const part = (title: 'kind' | 'account' | 'region'): Column<Row> => ({
    title,
    cell: (row) => of(row)?.[title] || '–',
    same: (text) => (text === '–' ? null : title === 'kind' ? text : `${title} ${text}`),
  });
  return [part('kind'), part('account'), part('region')];
}

const textOf = (cell: Cell) => (typeof cell === 'string' ? cell : cell.text);
