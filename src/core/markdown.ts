import { printable } from './plainText';

/** Inline Markdown and HTML, wherever they stand. */
const inline = /[\\`*_[\]<>~|&]/g;
/** What makes a heading, a list, a quote or a rule at the beginning of a text. */
const block = /^(\s*)([#+=-])/;
const numbered = /^(\s*\d{1,9})([.)])/;
/** What becomes a link by itself. */
const link = /:(?=\/\/)|(?<=\bwww)\.|@/gi;

/** A text of others as it stands in a line of Markdown: it means nothing but itself. */
function escaped(text: string): string {
  return printable(text)
    .replace(inline, '\\$&')
    .replace(link, '\\$&')
    .replace(block, '$1\\$2')
    .replace(numbered, '$1\\$2');
}

/** A line of Markdown for the Temporal UI; what is put into it is text, whoever wrote it. */
export function markdown(line: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  return String.raw({ raw: line }, ...values.map((value) => escaped(String(value))));
}
