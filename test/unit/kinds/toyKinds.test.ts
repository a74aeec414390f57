import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { toyKinds } from '../../kinds/registry';
import { kinds } from '../../../src/kinds/registry';

const root = resolve(__dirname, '..', '..', '..');
const ownKinds = new Set(kinds.map(({ description }) => description.name));
const toys = toyKinds.map(({ description }) => description.name).filter((name) => !ownKinds.has(name));

/** Files of a folder, as a person names them. */
function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => relative(root, join(root, folder, file)))
    .filter((file) => file.endsWith('.ts'));
}

/** Where a kind is named outside its folder. */
function touchedBy(kind: string): string[] {
  const name = new RegExp(`\\b${kind}(s|Kind)?\\b|\\b${kind.replace(/f$/, 'ves')}\\b`, 'i');
  return ['src', 'bin', 'test/kinds']
    .flatMap(filesIn)
    .filter((file) => !file.startsWith(`test/kinds/${kind}/`))
    .filter((file) => name.test(readFileSync(join(root, file), 'utf8')))
    .sort();
}

/** Folders of `test/kinds` that all toys share. */
const shared = ['service', 'support'];

test('the registry has every kind that has a folder', () => {
  const folders = readdirSync(join(root, 'test', 'kinds'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !shared.includes(entry.name))
    .map(({ name }) => name);
  expect([...toys].sort()).toEqual(folders.sort());
});

describe.each(toys)('the kind %s', (kind) => {
  test('is one folder, and one line in the registry', () => {
    expect(touchedBy(kind).filter((file) => !file.startsWith('test/kinds/support/'))).toEqual([
      'test/kinds/registry.ts',
    ]);
    const registry = readFileSync(join(root, 'test', 'kinds', 'registry.ts'), 'utf8').split('\n');
    const lines = registry.filter((line) => new RegExp(`\\b${kind}\\b`).test(line));
    // Its import, and where it is listed.
    expect(lines).toHaveLength(2);
  });

  test('is known to no other tests than its own', () => {
    const folder = new RegExp(`kinds/${kind}/`);
    const importing = filesIn('test')
      .filter((file) => !file.startsWith('test/kinds/'))
      .filter((file) => folder.test(readFileSync(join(root, file), 'utf8')));
    expect(importing.filter((file) => !/\/toy(Kinds|Conformance)\w*\.test\.ts$/.test(file))).toEqual([]);
    expect(importing.length).toBeGreaterThan(0);
  });

  test('asks nothing of general code that names it', () => {
    expect(touchedBy(kind).filter((file) => !file.startsWith('test/'))).toEqual([]);
  });
});
