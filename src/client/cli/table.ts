import { textWidth } from '../textWidth';

/** A cell; `paint` colours its text, which must not count as width. */
export type Cell = string | { readonly text: string; readonly paint: (text: string) => string };

const gap = '  ';

/**
 * Rows below their titles, each column as wide as its widest cell. Nothing is cut: a table that is too wide for a terminal is
 * wrapped by it.
 */
export function tableText(
  titles: readonly string[],
  rows: readonly (readonly Cell[])[],
  paintTitle: (text: string) => string,
): string {
  const widths = titles.map((title, i) => Math.max(textWidth(title), ...rows.map((row) => textWidth(textOf(row[i])))));
  const line = (cells: readonly (Cell | undefined)[]) =>
    cells
      .map((cell, i) => painted(cell) + ' '.repeat(padding(cell, widths[i] ?? 0, i === titles.length - 1)))
      .join(gap);
  return [titles.map((text) => ({ text, paint: paintTitle })), ...rows]
    .map((cells) => `${line(cells).trimEnd()}\n`)
    .join('');
}

function textOf(cell: Cell | undefined): string {
  return typeof cell === 'string' ? cell : (cell?.text ?? '');
}

function painted(cell: Cell | undefined): string {
  return typeof cell === 'object' ? cell.paint(cell.text) : (cell ?? '');
}

function padding(cell: Cell | undefined, width: number, last: boolean): number {
  return last ? 0 : width - textWidth(textOf(cell));
}
