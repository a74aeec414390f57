import { type Command, Option } from 'commander';

/** The options that every command takes, before or behind its name. */
export function addGlobalOptions(program: Command): Command {
  return program
    .addOption(new Option('--fleet <file>', 'the fleet file').env('FARCOPY_FLEET').default('fleet.yaml'))
    .option('--overlay <name>', 'the overlay of the fleet file to apply')
    .option('--json', 'answer with exactly one JSON document on stdout; progress goes to stderr')
    .option('--no-color', 'no colours (NO_COLOR does the same)')
    .option('--utc', 'show times in UTC instead of local time')
    .option('--verbose', 'show where an error comes from');
}
