import { printable } from '../../../core/plainText';

/** Markup that was made here: everything in it that comes from elsewhere is escaped. */
export class Html {
  constructor(readonly text: string) {}
}

export type HtmlPart = Html | string | number | null | readonly HtmlPart[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A text as it may stand in an element or in a quoted attribute: nothing in it is obeyed, and nothing hides. */
export const escaped = (text: string): string => printable(text).replace(/[&<>"']/g, (sign) => entities[sign] ?? '');

/**
 * Markup with what is put into it; only {@link Html} goes in as it is. The tag is not called `html`, since formatters put white space
 * into templates of that name.
 */
export function markup(pieces: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  return new Html(pieces.map((piece, i) => (i === 0 ? piece : textOf(parts[i - 1] ?? null) + piece)).join(''));
}

function textOf(part: HtmlPart): string {
  if (part === null) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'string') return escaped(part);
  return typeof part === 'number' ? String(part) : part.map(textOf).join('');
}
