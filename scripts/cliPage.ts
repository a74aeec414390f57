import { type Argument, type Command, type Option } from 'commander';
import { registerSandboxCommands } from '../sandbox/cli/register';
import { createProgram } from '../src/client/cli';
import { markdownTable } from './markdownTable';

/**
 * docs/cli.md with everything the parser knows written anew: between marks stand the list of commands, the options of every
 * command, and each command's usage, arguments, options and examples. All other text is kept.
 *
 * @throws RangeError naming a command that has no place in the page, or a place that has no command.
 */
export function withCommands(page: string, program: Command = wholeProgram()): string {
  const blocks = new Map<string, string>([
    ['commands', commandList(program)],
    ['global options', optionTable(program.options)],
    ...leaves(program).map((command) => [pathOf(command), commandBlock(command)] as const),
  ]);
  const seen = new Set<string>();
  const written = page.replaceAll(
    /<!-- written by scripts\/writeCliPage\.ts: (.+?) -->\n.*?<!-- end: \1 -->/gs,
    (_, name: string) => {
      const block = blocks.get(name);
      if (block === undefined) throw new RangeError(`the page has a place for ${name}, which is no command`);
      seen.add(name);
      return `${beginOf(name)}\n\n${block}\n${endOf(name)}`;
    },
  );
  const missing = [...blocks.keys()].filter((name) => !seen.has(name));
  if (missing.length > 0)
    throw new RangeError(
      `the page has no place for ${missing.join(', ')}: put ${beginOf(missing[0] ?? '')} and ${endOf(missing[0] ?? '')} under a heading`,
    );
  return written;
}

const beginOf = (name: string) => `<!-- written by scripts/writeCliPage.ts: ${name} -->`;
const endOf = (name: string) => `<!-- end: ${name} -->`;

/** Every command of `farcopy`, those of the sandbox included. */
export function wholeProgram(): Command {
  const program = createProgram();
  registerSandboxCommands(program);
  return program;
}

/** Commands that do something themselves: those that only hold others are left out. */
function leaves(command: Command): readonly Command[] {
  return command.commands.flatMap((one) => (one.commands.length > 0 ? leaves(one) : [one]));
}

/** `sandbox up`: without the program's own name. */
function pathOf(command: Command): string {
  const names: string[] = [];
  for (let one: Command | null = command; one?.parent; one = one.parent) names.unshift(one.name());
  return names.join(' ');
}

function commandList(program: Command): string {
  const rows = leaves(program).map((command) => [
    `[\`farcopy ${pathOf(command)}\`](#${pathOf(command).replaceAll(' ', '-')})`,
    command.summary() === '' ? command.description() : command.summary(),
  ]);
  return markdownTable([['command', 'what it does'], ...rows]);
}

function commandBlock(command: Command): string {
  const { examples, notes } = afterText(command);
  const rows = [...command.registeredArguments.map(argumentRow), ...optionRows(command.options)];
  return [
    `${sentence(command.description())}\n`,
    fenced('', `farcopy ${pathOf(command)} ${command.usage()}`),
    ...(rows.length === 0 ? [] : [markdownTable([['argument or option', 'meaning', 'default'], ...rows])]),
    ...(examples === '' ? [] : [fenced('sh', examples)]),
    ...notes.map((note) => `${note}\n`),
  ].join('\n');
}

const fenced = (language: string, text: string) => `\`\`\`${language}\n${text}\n\`\`\`\n`;

/** Descriptions of the sandbox's commands begin in lower case, as summaries do. */
function sentence(text: string): string {
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?)]$/.test(begun) ? begun : `${begun}.`;
}

function argumentRow(argument: Argument): readonly string[] {
  const name = argument.variadic ? `${argument.name()}...` : argument.name();
  const choices = argument.argChoices === undefined ? '' : `one of ${argument.argChoices.join(', ')}`;
  const meaning = [argument.description, choices].filter((text) => text !== '').join('; ');
  return [`\`${argument.required ? `<${name}>` : `[${name}]`}\``, meaning, argument.required ? '(required)' : ''];
}

function optionTable(options: readonly Option[]): string {
  return markdownTable([['option', 'meaning', 'default'], ...optionRows(options)]);
}

/** A flag and its opposite are one row. */
function optionRows(options: readonly Option[]): readonly (readonly string[])[] {
  const shown = options.filter(({ hidden }) => !hidden);
  const opposites = new Map(shown.filter(({ negate }) => negate).map((option) => [option.attributeName(), option]));
  return shown.flatMap((option) => {
    const opposite = opposites.get(option.attributeName());
    if (option.negate && shown.some((one) => !one.negate && one.attributeName() === option.attributeName())) return [];
    const flags = [option, ...(opposite === undefined || option.negate ? [] : [opposite])];
    return [[flags.map((one) => `\`${one.flags}\``).join(', '), option.description, defaultText(option)]];
  });
}

function defaultText({ defaultValue, defaultValueDescription, mandatory, negate, envVar }: Option): string {
  if (mandatory) return '(required)';
  const value = defaultValueDescription ?? valueText(defaultValue, negate);
  return [value, ...(envVar === undefined ? [] : [`or what \`${envVar}\` says`])]
    .filter((text) => text !== '')
    .join(', ');
}

function valueText(value: unknown, negate: boolean): string {
  if (value === undefined || negate) return '';
  if (Array.isArray(value)) return value.length === 0 ? '' : `\`${value.join(',')}\``;
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

/** What a command's help adds behind its options: examples, and sentences. */
function afterText(command: Command): { readonly examples: string; readonly notes: readonly string[] } {
  const said: string[] = [];
  command.configureOutput({ writeOut: (text) => void said.push(text) });
  command.outputHelp();
  const text = said.join('').slice(command.helpInformation().length);
  const paragraphs = text.split(/\n\s*\n/).map((paragraph) => paragraph.trim());
  const isExample = (paragraph: string) => /^Examples?:\n/.test(paragraph);
  return {
    examples: paragraphs
      .filter(isExample)
      .map((paragraph) => exampleText(paragraph.replace(/^Examples?:\n/, '')))
      .join('\n'),
    notes: paragraphs.filter((paragraph) => paragraph !== '' && !isExample(paragraph)).flatMap(linesOf),
  };
}

/** What stands far to the right of an example says what it is for. */
function exampleText(text: string): string {
  const parts = text.split('\n').map((line) => line.trim().split(/ {3,}/));
  const width = Math.max(...parts.map(([example = '', ...note]) => (note.length === 0 ? 0 : example.length)));
  return parts
    .map(([example = '', ...note]) => (note.length === 0 ? example : `${example.padEnd(width)} # ${note.join(' ')}`))
    .join('\n');
}

/** A sentence that goes on in the next line is one paragraph. */
function linesOf(paragraph: string): readonly string[] {
  return [paragraph.replace(/\n\s*/g, ' ').replaceAll('*', '\\*')];
}
