import { AwsAccess } from '../src/clouds/aws/awsAccess';
import { defaultCapacity, limitNames } from '../src/core/limits/limit';
import { resourceKinds } from '../src/core/resource';
import { providers } from '../src/kinds/registry';

const marks = {
  begin: '<!-- written by scripts/writeCapabilityTable.ts: begin -->',
  end: '<!-- written by scripts/writeCapabilityTable.ts: end -->',
};

/** What each kind of resource can do and under which permits, as a table of Markdown. */
export function capabilityTable(): string {
  const access = new AwsAccess({ roleArnOf: () => '', sessionName: 'none' });
  try {
    const registered = providers(access);
    return table([
      ['kind', 'snapshots under', 'copies across regions under', 'a key encrypts the copy of a plain snapshot'],
      ...resourceKinds.map((kind) => {
        const { snapshotLimit, crossRegionCopyLimit, encryptsPlainOnCopy } = registered.of(kind).capabilities;
        return [
          `\`${kind}\``,
          `\`${snapshotLimit}\``,
          `\`${crossRegionCopyLimit}\``,
          encryptsPlainOnCopy ? 'yes' : 'no: AWS refuses the key, the copy stays plain',
        ];
      }),
    ]);
  } finally {
    access.close();
  }
}

/** How many operations run at once under each limit, unless the fleet file says otherwise. */
export function capacityTable(): string {
  return table([
    ['permit', 'at once, by default'],
    ...limitNames.map((limit) => [`\`${limit}\``, String(defaultCapacity[limit])]),
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

/** In the alignment that prettier gives tables. */
function table(rows: readonly (readonly string[])[]): string {
  const [header = [], ...body] = rows;
  const widths = header.map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |\n`;
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('');
}
