import { knownKinds } from '../src/kinds/registry';
import { markdownTable } from './markdownTable';

const marks = {
  begin: '<!-- written by scripts/writeCapabilityTable.ts: begin -->',
  end: '<!-- written by scripts/writeCapabilityTable.ts: end -->',
};

/** What each kind of resource can do and under which permits, as a table of Markdown. */
export function capabilityTable(): string {
  return markdownTable([
    ['kind', 'permits', 'a key encrypts the copy of a plain one', 'exports', 'restores'],
    ...knownKinds.all.map(({ name, limits, capabilities, copyNoun }) => [
      `\`${name}\``,
      limits.map((limit) => `\`${limit.name}\``).join(', '),
      capabilities.encryptsPlainOnCopy ? 'yes' : 'no: AWS refuses the key, the copy stays plain',
      { vault: `a ${copyNoun} in a vault`, source: 'the resource itself', none: 'no' }[
        capabilities.exportsFrom ?? 'none'
      ],
      capabilities.restores ? 'yes' : 'no',
    ]),
  ]);
}

/** How many operations run at once under each limit, unless the fleet file says otherwise. */
export function capacityTable(): string {
  return markdownTable([
    ['permit', 'limits', 'counts where', 'at once, by default', 'what AWS allows'],
    ...knownKinds.limits.map(({ name, title, countsIn, capacity, source }) => [
      `\`${name}\``,
      title,
      countsIn === 'source' ? 'what is copied lies' : 'the copy is made',
      String(capacity),
      source,
    ]),
  ]);
}

/**
 * The page with both tables as the code has them now.
 *
 * @throws RangeError where the page has no place for them.
 */
export function withTables(page: string): string {
  const begin = page.indexOf(marks.begin);
  const end = page.indexOf(marks.end);
  if (begin < 0 || end < begin) throw new RangeError(`the page lacks ${marks.begin} … ${marks.end}`);
  return `${page.slice(0, begin)}${marks.begin}\n\n${capabilityTable()}\n${capacityTable()}\n${page.slice(end)}`;
}
