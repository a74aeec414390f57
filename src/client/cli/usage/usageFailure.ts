import { type Command, type CommanderError } from 'commander';
import { CommandFailure } from '../commandFailure';
import { exitCodes } from '../exitCodes';

const listing = '`farcopy status` lists what is protected, `farcopy copies` every copy';
const oneOf = '`farcopy status` shows how all of them stand, `farcopy explain NAME` tells all of one';
const making = '`farcopy backup NAME` makes a recovery point now';
const bringingBack = '`farcopy restore NAME --dry-run` shows what a restore would make';
const deleting =
  '`farcopy prune --plan` shows which copies retention lets go; `farcopy retire NAME` ends the protection of what is gone';
const ending = '`farcopy cancel NAME` shows what runs of it, and cancels it';
const proving =
  '`farcopy drill NAME --drill DRILL` proves that a copy comes back; `farcopy check` looks whether everything is there';
const past = '`farcopy history` lists what has ended, `farcopy audit` who did what';
const sandboxed = (word: string) => `\`farcopy sandbox ${word}\` does that to the sandbox`;

/** Commands of other tools that people try, and what does it here. */
const elsewhere: Readonly<Record<string, string>> = {
  ...{ list: listing, ls: listing, show: oneOf, get: oneOf, describe: oneOf, info: oneOf },
  ...{ snapshot: making, create: making, run: making, start: '`farcopy worker` runs a worker' },
  ...{ recover: bringingBack, rollback: bringingBack },
  ...{ delete: deleting, remove: deleting, rm: deleting, forget: deleting },
  ...{ stop: ending, abort: ending, kill: ending },
  ...{ verify: proving, test: proving, validate: proving, doctor: proving },
  ...{ log: past, logs: past, events: past },
  ...{ up: sandboxed('up'), down: sandboxed('down'), seed: sandboxed('seed'), env: sandboxed('env') },
  ...{ version: '`farcopy --version` tells it', ui: '`farcopy console` serves a page of the fleet' },
};

/** A command line that cannot be parsed, with what is meant by it, or where that is told. */
export function usageFailure(program: Command, words: readonly string[], error: CommanderError): CommandFailure {
  const message = error.message.replace(/^error: /, '').replace(/\n/g, ' ');
  const unknown = error.code === 'commander.unknownCommand' ? /'([^']*)'/.exec(message)?.[1] : undefined;
  const named = commandOf(program, words);
  const isOurs = unknown !== undefined && named === program.name() && Object.hasOwn(elsewhere, unknown);
  const meant = isOurs ? elsewhere[unknown] : undefined;
  // Beside what is meant, a name that only looks like it misleads.
  if (meant !== undefined) return new CommandFailure(message.replace(/ \(Did you.*/, ''), exitCodes.usage, meant);
  const how = unknown === undefined ? 'tells how' : 'names them';
  return new CommandFailure(message, exitCodes.usage, `\`${named} --help\` ${how}`);
}

/** The command that the words name, as far as they do. */
function commandOf(program: Command, words: readonly string[]): string {
  const names = [program.name()];
  let at = program;
  for (const word of words) {
    const next = at.commands.find((command) => command.name() === word);
    if (next === undefined) continue;
    at = next;
    names.push(word);
  }
  return names.join(' ');
}
