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

/** A text in lines of at most `width` columns, broken between words where that can be; lines after the first are indented. */
export function wrapped(text: string, width: number, indent = '  '): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    const next = line === '' ? word : line.trim() === '' ? `${line}${word}` : `${line} ${word}`;
    if (textWidth(next) <= width) {
      line = next;
      continue;
    }
    if (line.trim() !== '') lines.push(line);
    let rest = [...(lines.length === 0 ? word : `${indent}${word}`)];
    for (; rest.length > width && width > indent.length; rest = [...indent, ...rest.slice(width)])
      lines.push(rest.slice(0, width).join(''));
    line = rest.join('');
  }
  return line.trim() === '' ? lines : [...lines, line];
}
