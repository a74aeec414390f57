/** As failures begin, and as a table says already: `cluster panda-1 (999999999999/eu-west-1): `, an ARN, and the call. */
const subjects = [/(^|: )[^:;]*? \(\d{12}\/[a-z0-9-]+\): /, /(^|: )arn:\S+: /, /(^|: )[a-z0-9-]+:[A-Z]\w+: /];
/** Where a clause ends. */
const end = /; |, (or|see) | \(|\n/;

/** The first clause of a reason, as a table has room for it; the whole is told elsewhere. */
export function shortReason(reason: string): string {
  const text = subjects.reduce((left, subject) => left.replace(subject, '$1'), reason);
  return text.slice(0, end.exec(text)?.index ?? text.length);
}
