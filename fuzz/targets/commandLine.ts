import { type Command } from 'commander';
import { createProgram, runProgram, type Terminal } from '../../src/client/cli';
import { fc, text } from '../inputs';
import { ensure, requirePlain, target } from '../target';

/** The parser alone: no command does anything. */
function parserOf(terminal: Terminal): Command {
  const program = createProgram({ terminal, ended: () => undefined });
  const disarm = (command: Command) => {
    command.action(() => undefined);
    command.commands.forEach(disarm);
  };
  program.commands.forEach(disarm);
  return program;
}

function wordsOf(command: Command): string[] {
  return [
    command.name(),
    ...command.options.flatMap(({ short, long }) => [short, long]),
    ...command.commands.flatMap(wordsOf),
  ].filter((word): word is string => typeof word === 'string');
}

const silent: Terminal = {
  stdout: { write: () => undefined },
  stderr: { write: () => undefined },
  environment: {},
  now: () => 0,
  onInterrupt: () => () => undefined,
};
const known = [...new Set(parserOf(silent).commands.flatMap(wordsOf))];
const names = parserOf(silent).commands.map((command) => command.name());
const word = fc.oneof(
  fc.constantFrom(...known),
  fc.tuple(fc.constantFrom(...known), text).map(([option, value]) => `${option}=${value}`),
  fc.constantFrom(
    '999999999999/eu-west-1/shop',
    'arn:aws:rds:eu-west-1:999999999999:cluster:shop',
    '--',
    '-',
    '2h',
    '5',
  ),
  text,
);

/** Words behind `farcopy`. */
export const commandLine = target(
  'commandLine',
  fc
    .tuple(fc.oneof(fc.constantFrom(...names), text), fc.array(word, { maxLength: 6 }))
    .map(([first, more]) => [first, ...more]),
  async (words) => {
    let said = '';
    const stream = { write: (written: string) => (said += written) };
    const terminal = { ...silent, stdout: stream, stderr: stream };
    const exitCode = await runProgram(parserOf(terminal), words, terminal);
    ensure(exitCode === null || [0, 2].includes(exitCode), `exit code ${exitCode}: ${said}`);
    requirePlain(said);
    ensure(said.length < 100_000, `said ${said.length} characters`);
  },
);
