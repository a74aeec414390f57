/** Columns that a text takes on a terminal; Farcopy's own texts use nothing wider than one column a character. */
export function textWidth(text: string): number {
  return [...text].length;
}

/** A text in exactly `width` columns: filled up at its end, or cut with an ellipsis. */
export function fitted(text: string, width: number): string {
  const length = textWidth(text);
  return length <= width ? text + ' '.repeat(width - length) : cut(text, width);
}

/** A text in at most `width` columns. */
export function cut(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  return width < 1 ? '' : `${[...text].slice(0, width - 1).join('')}…`;
}
