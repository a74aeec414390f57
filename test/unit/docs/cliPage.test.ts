import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { withCommands } from '../../../scripts/cliPage';

const places = (...names: string[]) =>
  ['commands', 'global options', ...names]
    .map((name) => `<!-- written by scripts/writeCliPage.ts: ${name} -->\n<!-- end: ${name} -->\n`)
    .join('');

/** A program with one command of every shape. */
function program(): Command {
  const made = new Command('toy').option('--verbose', 'tell more');
  made
    .command('lend')
    .summary('lend a book')
    .description('Lends a book.')
    .argument('<book...>', 'titles')
    .option('--days <n>', 'for how long', Number, 14)
    .option('--reminder', 'send one')
    .option('--no-reminder', 'the opposite')
    .requiredOption('--to <name>', 'the reader')
    .addHelpText(
      'after',
      '\nExamples:\n  toy lend Emma --to Ann      for a fortnight\n\nBooks come back\nby themselves.',
    );
  return made;
}

describe('docs/cli.md', () => {
  it('has the commands as the parser has them: npm run cli-page writes them', () => {
    const page = readFileSync(path.resolve(__dirname, '../../../docs/cli.md'), 'utf8');
    expect(page).toBe(withCommands(page));
  });
});

describe('the page of a program', () => {
  it('has usage, arguments, options with defaults, examples and notes of each command', () => {
    // The widths of columns are prettier's.
    const page = withCommands(places('lend'), program()).replaceAll(/ +\|/g, ' |');
    expect(page).toContain('| [`farcopy lend`](#lend) | lend a book |');
    expect(page).toContain('Lends a book.\n\n```\nfarcopy lend [options] <book...>\n```');
    expect(page).toContain('| `<book...>` | titles | (required) |');
    expect(page).toContain('| `--days <n>` | for how long | `14` |');
    expect(page).toContain('| `--reminder`, `--no-reminder` | send one |');
    expect(page).toContain('| `--to <name>` | the reader | (required) |');
    expect(page).toContain('```sh\ntoy lend Emma --to Ann # for a fortnight\n```');
    expect(page).toContain('Books come back by themselves.\n');
  });

  it('keeps all other text, and is the same when it is written again', () => {
    const page = withCommands(`# By hand\n\n${places('lend')}\nBy hand too.\n`, program());
    expect(page).toMatch(/^# By hand\n/);
    expect(page).toMatch(/By hand too\.\n$/);
    expect(withCommands(page, program())).toBe(page);
  });

  it('is refused where a command has no place, and where a place has no command', () => {
    expect(() => withCommands(places(), program())).toThrow('no place for lend');
    expect(() => withCommands(places('lend', 'borrow'), program())).toThrow('borrow, which is no command');
  });
});
