const longest = 60;

/**
 * Text of a user inside a message: in backticks, cut when long, unable to move the cursor of a terminal, and without the
 * password that someone has put into a URL.
 */
export function quoted(text: string): string {
  return `\`${printable(withoutPassword(text.slice(0, longestUrl)), longest)}\``;
}

const longestUrl = 1000;

function withoutPassword(text: string): string {
  return text.replace(/(:\/\/[^\s:/@]*:)[^\s@]+@/, '$1…@').replace(/([?&]password=)[^&\s]+/gi, '$1…');
}

/** Text without control characters (also those that reorder or hide text) and not longer than `most` characters. */
export function printable(text: string, most: number): string {
  // Cut before escaping: the text may be a megabyte.
  const cut = text.length > most ? `${text.slice(0, most)}…` : text;
  return cut.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
