/**
 * What no name of a table, no tag and no message of a cloud may put before a person: controls and escape sequences, which a
 * terminal obeys; direction marks and characters without width, which make a text look like another one.
 */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
/** Besides what JSON escapes by itself. */
const unprintableInJson = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

const shown = (character: string) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

/** A text that can be shown anywhere: one line, in which nothing is obeyed and nothing hides. */
export function printable(text: string): string {
  return text.replace(unprintable, shown);
}

/** {@link printable}, and lines stay lines. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** Plain data whose every text is {@link printable}. */
export function printableData<T>(value: T): T {
  if (typeof value === 'string') return printable(value) as T;
  if (Array.isArray(value)) return value.map((one) => printableData<unknown>(one)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, printableData<unknown>(one)])) as T;
}

/** A JSON document that says the same, and that a terminal may show. */
export function printableJson(json: string): string {
  return json.replace(unprintableInJson, (character) =>
    [...Array(character.length).keys()]
      .map((i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

/**
 * A text of at most so many characters, whole ones: the SDK's core ends the worker that puts half of a surrogate pair into a command
 * (@temporalio/worker 1.24). One that is too long ends with an ellipsis.
 */
export function shortened(text: string, most: number): string {
  const cut = text.length <= most ? text : `${text.slice(0, most - 1)}…`;
  return cut.replace(/\p{Surrogate}/gu, '\uFFFD');
}
