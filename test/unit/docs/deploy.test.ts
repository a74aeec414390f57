import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Command } from 'commander';
import { parse } from 'yaml';
import { readTemplate } from '../../../sandbox/seed/cloudFormation';
import { createProgram } from '../../../src/client/cli';
import { searchAttributes } from '../../../src/core/searchAttributes';

const root = path.resolve(__dirname, '../../..');
const pages = ['docs/deploy.md', 'deploy/README.md'];
const read = (page: string) => readFileSync(path.join(root, page), 'utf8');
const blocks = (page: string, language: string) =>
  [...read(page).matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, text = '']) => text);

/** Commands of a shell, each on one line. */
const shell = (page: string) => blocks(page, 'sh').flatMap((text) => text.replaceAll(/\\\n\s*/g, ' ').split('\n'));

/** What a command deploys: the template, and the parameters that it is given. */
const deployments = pages.flatMap((page) =>
  shell(page).flatMap((line) => {
    const [, template] =
      /(?:--template-file |--template-body file:\/\/)deploy\/cloudformation\/([\w-]+)\.yaml/.exec(line) ?? [];
    if (template === undefined) return [];
    const [, overrides = ''] = /--parameter-overrides (.*)/.exec(line) ?? [];
    const names = [
      ...[...overrides.matchAll(/(?:^|\s)(\w+)=/g)].map(([, name = '']) => name),
      ...[...line.matchAll(/ParameterKey=(\w+)/g)].map(([, name = '']) => name),
    ];
    return [{ page, template, names }];
  }),
);

it.each(deployments)(
  '$page gives $template what it needs, and nothing that it does not know',
  ({ template, names }) => {
    const { Parameters } = readTemplate(template);
    const needed = Object.entries(Parameters).flatMap(([name, { Default }]) => (Default === undefined ? [name] : []));
    expect(names.filter((name) => !(name in Parameters))).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(needed));
  },
);

test('the page of deployment deploys the workers, the vault, the sources and the restores', () => {
  const deployed = deployments.filter(({ page }) => page === 'docs/deploy.md').map(({ template }) => template);
  expect(deployed).toEqual(['workers', 'vault-account', 'source-account', 'restore-account']);
});

/** Names of parameters, in text and tables: `SourceOrgPaths=o-…`, `RoleRegion`. */
test('every parameter that is named in words is one of a template', () => {
  const text = read('docs/deploy.md').replaceAll(/^```.*?^```/gms, '');
  const named = [...text.matchAll(/`([A-Z][a-z]+(?:[A-Z][a-z]+)+)(?:=[^`]*)?`/g)].map(([, name = '']) => name);
  const templates = ['workers', 'vault-account', 'source-account', 'restore-account', 'retention-roles'];
  const known = new Set(templates.flatMap((name) => Object.keys(readTemplate(name).Parameters)));
  const others = [
    'ExternalId',
    'HttpPutResponseHopLimit',
    'OrganizationAccountAccessRole',
    ...Object.values(searchAttributes).map(({ name }) => name),
  ];
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((name) => !known.has(name) && !others.includes(name))).toEqual([]);
});

test('every search attribute that has to be registered by hand is named', () => {
  const text = read('docs/deploy.md');
  expect(Object.values(searchAttributes).filter(({ name }) => !text.includes(`\`${name}\``))).toEqual([]);
});

const longOptions = ({ options }: Command) => options.flatMap(({ long }) => long ?? []);

test('every command of farcopy is one, with its options', () => {
  const program = createProgram();
  const lines = [
    ...shell('docs/deploy.md'),
    ...[...read('docs/deploy.md').matchAll(/`(farcopy [^`]+)`/g)].map(([, line = '']) => line),
  ].filter((line) => /^farcopy [a-z]/.test(line));
  expect(lines.length).toBeGreaterThan(15);
  const wrong = lines.flatMap((line) => {
    const [, ...words] = line.split(/\s+#/)[0]?.split(/\s+/) ?? [];
    const found = words.reduce<{ command: Command; known: boolean }>(
      ({ command, known }, word) => {
        const next = command.commands.find((one) => one.name() === word);
        return next === undefined ? { command, known } : { command: next, known: true };
      },
      { command: program, known: false },
    );
    const options = [...longOptions(found.command), ...longOptions(program)];
    const unknown = words.filter((word) => word.startsWith('--') && !options.includes(word.split('=')[0] ?? ''));
    return found.known && unknown.length === 0 ? [] : [`${line}: ${unknown.join(' ') || 'no such command'}`];
  });
  expect(wrong).toEqual([]);
});

test('what compose is given can be read, and runs commands that there are', () => {
  const [text = ''] = blocks('docs/deploy.md', 'yaml').filter((block) => block.includes('services:'));
  const { services } = parse(text, { merge: true }) as {
    services: Record<string, { image: string; command: string[]; read_only: boolean }>;
  };
  expect(Object.keys(services)).toEqual(['worker', 'transfer', 'command']);
  const names = createProgram().commands.map((command) => command.name());
  for (const { image, command, read_only: readOnly } of Object.values(services)) {
    expect({ image, readOnly }).toEqual({ image: 'farcopy:0.1.0', readOnly: true });
    expect(names).toContain(command[0]);
  }
});

test('every variable of Temporal and Farcopy that is named is read somewhere', () => {
  const named = new Set(read('docs/deploy.md').match(/\b(?:TEMPORAL|FARCOPY)_[A-Z_]+[A-Z]\b/g));
  const sources = [
    'src/client/temporalTrouble.ts',
    'docs/operations.md',
    'docs/cli.md',
    'deploy/README.md',
    'deploy/cloudformation/workers.yaml',
  ];
  const known = sources.map((file) => read(file)).join('\n');
  expect([...named].filter((name) => !known.includes(name))).toEqual([]);
});

test('files that the page names are there', () => {
  const named = read('docs/deploy.md').match(/\bdeploy\/[\w./-]+\.(?:yaml|tf|md)\b/g) ?? [];
  // The chart has a page of its own.
  expect(named.filter((file) => !file.startsWith('deploy/helm/') && !existsSync(path.join(root, file)))).toEqual([]);
});
