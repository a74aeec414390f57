import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '../../..');
const left = new Set(['node_modules', 'dist', 'coverage', '.git', '.farcopy', '.venv']);

function filesUnder(folder: string, matches: (name: string) => boolean): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (left.has(entry.name) || entry.name.startsWith('.')) return [];
    const name = path.join(folder, entry.name);
    if (entry.isDirectory()) return filesUnder(name, matches);
    return matches(entry.name) ? [name] : [];
  });
}

const pages = filesUnder('.', (name) => name.endsWith('.md'));
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

/** Without what is code, where brackets are no links and `#` no headings. */
const prose = (page: string) => read(page).replace(/^(```|~~~).*?^\1/gms, '');

/** The anchors GitHub gives the headings of a page: lower case, without punctuation, spaces as hyphens, repeated ones numbered. */
function anchors(page: string): Set<string> {
  const seen = new Map<string, number>();
  const found = new Set<string>();
  for (const [, heading = ''] of prose(page).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const text = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[*`]/g, '');
    const slug = text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    found.add(times === 0 ? slug : `${slug}-${times}`);
  }
  return found;
}

/** What is wrong with a link from a page, or null. */
function fault(page: string, link: string): string | null {
  if (/^[a-z]+:/.test(link)) return null;
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? page : path.normalize(path.join(path.dirname(page), decodeURI(file)));
  if (!existsSync(path.join(root, target))) return `${link}: there is no ${target}`;
  if (anchor === undefined) return null;
  if (statSync(path.join(root, target)).isDirectory() || !target.endsWith('.md'))
    return `${link}: ${target} has no anchors`;
  return anchors(target).has(anchor) ? null : `${link}: ${target} has no heading for it`;
}

describe('links of the documentation', () => {
  it.each(pages)('%s leads only to what is there', (page) => {
    const text = prose(page).replace(/`[^`\n]*`/g, '');
    const links = [...text.matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)].map(([, link = '']) => link);
    expect(links.map((link) => fault(page, link)).filter((found) => found !== null)).toEqual([]);
  });

  it('finds what is broken', () => {
    expect(fault('README.md', 'docs/none.md')).toMatch(/there is no/);
    expect(fault('README.md', 'docs/README.md#none')).toMatch(/no heading/);
    expect(fault('docs/README.md', '../README.md')).toBeNull();
  });
});

describe('pages that error messages and comments name', () => {
  const sources = ['src', 'sandbox', 'scripts', 'bin', 'bench', 'simulation', 'crashMatrix', 'soak'].flatMap((folder) =>
    filesUnder(folder, (name) => /\.(ts|js|py)$/.test(name)),
  );
  const named = new Set(
    sources.flatMap((file) => [...read(file).matchAll(/\bdocs\/[\w/-]+\.md(?:#[\w-]+)?/g)].map(([link]) => link)),
  );

  it.each([...named].sort())('%s is there', (link) => {
    expect(fault('README.md', link)).toBeNull();
  });
});
