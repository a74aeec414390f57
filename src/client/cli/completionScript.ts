import { type Command, type Option } from 'commander';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** A command as a shell needs to know it. */
interface CompletedCommand {
  /** The words that lead to it: `['sandbox', 'up']`, empty for the program itself. */
  readonly path: readonly string[];
  readonly summary: string;
  readonly options: readonly Option[];
}

/** A script that completes every command of the program, those of others included, and their options. */
export function completionScript(shell: Shell, program: Command): string {
  const commands = everyCommand(program, []);
  const name = program.name();
  switch (shell) {
    case 'bash':
      return bashScript(name, commands);
    case 'zsh':
      return zshScript(name, commands);
    case 'fish':
      return fishScript(name, commands);
  }
}

function everyCommand(command: Command, path: readonly string[]): CompletedCommand[] {
  const { options } = command;
  return [
    { path, summary: command.summary() || firstLine(command.description()), options },
    ...command.commands.flatMap((child) => everyCommand(child, [...path, child.name()])),
  ];
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

function childrenOf(commands: readonly CompletedCommand[], { path }: CompletedCommand): CompletedCommand[] {
  return commands.filter((c) => c.path.length === path.length + 1 && path.every((word, i) => c.path[i] === word));
}

function longOptions(options: readonly Option[]): string[] {
  return options.flatMap(({ long }) => (typeof long === 'string' ? [long] : []));
}

/** The words that may follow each command, by its path; global options may stand everywhere. */
function wordsByPath(commands: readonly CompletedCommand[]): [path: string, words: string][] {
  const global = longOptions(commands[0]?.options ?? []);
  return commands.map((command) => {
    const children = childrenOf(commands, command).map(({ path }) => path.at(-1) ?? '');
    const own = command.path.length === 0 ? [] : longOptions(command.options);
    return [command.path.join(' '), [...children, ...own, ...global, '--help'].join(' ')];
  });
}

/** The path is found word by word: a word that leads nowhere (an argument, an option's value) is passed over. */
function bashScript(name: string, commands: readonly CompletedCommand[]): string {
  const paths = wordsByPath(commands);
  return `# bash completion of ${name}
_${name}() {
  local current=\${COMP_WORDS[COMP_CWORD]} found= word words i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case "\${found:+$found }$word" in
${paths
  .filter(([path]) => path !== '')
  .map(([path]) => `      '${path}') found='${path}' ;;`)
  .join('\n')}
    esac
  done
  case "$found" in
${paths.map(([path, words]) => `    '${path}') words='${words}' ;;`).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _${name} ${name}
`;
}

/** Not `path`: in zsh that is the search path itself. */
function zshScript(name: string, commands: readonly CompletedCommand[]): string {
  const paths = wordsByPath(commands);
  return `#compdef ${name}
# zsh completion of ${name}
_${name}() {
  local found= word i
  local -a candidates
  for ((i = 2; i < CURRENT; i++)); do
    word=\${words[i]}
    case "\${found:+$found }$word" in
${paths
  .filter(([path]) => path !== '')
  .map(([path]) => `      '${path}') found='${path}' ;;`)
  .join('\n')}
    esac
  done
  case "$found" in
${paths.map(([path, words]) => `    '${path}') candidates=(${words}) ;;`).join('\n')}
  esac
  compadd -- $candidates
  _files
}
compdef _${name} ${name}
`;
}

function fishScript(name: string, commands: readonly CompletedCommand[]): string {
  const lines = [`# fish completion of ${name}`];
  for (const command of commands) {
    const children = childrenOf(commands, command);
    const names = children.map(({ path }) => path.at(-1) ?? '');
    const inside = command.path.map((word) => `__fish_seen_subcommand_from ${word}`);
    for (const { path, summary } of children) {
      const condition = [...inside, `not __fish_seen_subcommand_from ${names.join(' ')}`].join('; and ');
      lines.push(`complete -c ${name} -n ${fishQuoted(condition)} -a ${path.at(-1) ?? ''} -d ${fishQuoted(summary)}`);
    }
    for (const option of command.options) {
      const condition = inside.length === 0 ? '' : ` -n ${fishQuoted(inside.join('; and '))}`;
      const value = option.required || option.optional ? ' -r' : '';
      const long = option.long?.replace(/^--/, '') ?? '';
      lines.push(`complete -c ${name}${condition} -l ${long}${value} -d ${fishQuoted(option.description)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function fishQuoted(text: string): string {
  return `'${text.replace(/\\/g, '\\\\').replace(/'/g, "\\'")}'`;
}
