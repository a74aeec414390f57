import { cut, textWidth } from '../../textWidth';

/** A cell; `paint` colours its text, which must not count as width. */
export type Cell = string | { readonly text: string; readonly paint: (text: string) => string };

const gap = '  ';

/** What is cut to fit keeps so many columns, or goes altogether: less would say nothing. */
const leastWidth = 12;

/**
 * Rows below their titles, each column as wide as its widest cell. Nothing is cut: a table that is too wide for a terminal is
 * wrapped by it.
 *
 * @param fit the columns of the terminal: the last column of the table is cut to what the others leave, and left out where that is too little
 */
export function tableText(
  titles: readonly string[],
  given: readonly (readonly Cell[])[],
  paintTitle: (text: string) => string,
  fit = Infinity,
): string {
  const last = titles.length - 1;
  const before = titles
    .slice(0, last)
    .map((title, i) => widest(title, given, i) + gap.length)
    .reduce((sum, width) => sum + width, 0);
  const room = fit - before;
  if (room < Math.min(leastWidth, widest(titles[last] ?? '', given, last)) && last > 0)
    return tableText(
      titles.slice(0, last),
      given.map((row) => row.slice(0, last)),
      paintTitle,
    );
  const rows = given.map((row) => row.map((cell, i) => (i === last ? cutCell(cell, room) : cell)));
  const widths = titles.map((title, i) => widest(title, rows, i));
  const line = (cells: readonly (Cell | undefined)[]) =>
    cells
      .map((cell, i) => painted(cell) + ' '.repeat(padding(cell, widths[i] ?? 0, i === titles.length - 1)))
      .join(gap);
  return [titles.map((text) => ({ text, paint: paintTitle })), ...rows]
    .map((cells) => `${line(cells).trimEnd()}\n`)
    .join('');
}

/** Not `Math.max(...)`: a call takes no more than some 100,000 arguments. */
function widest(title: string, rows: readonly (readonly Cell[])[], i: number): number {
  return rows.reduce((most, row) => Math.max(most, textWidth(textOf(row[i]))), textWidth(title));
}

function cutCell(cell: Cell, room: number): Cell {
  const text = textOf(cell);
  if (textWidth(text) <= room) return cell;
  return typeof cell === 'string' ? cut(text, room) : { ...cell, text: cut(text, room) };
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
