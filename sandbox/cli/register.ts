import { type Command, InvalidArgumentError } from 'commander';
import { down } from './down';
import { env } from './env';
import { type SandboxOptions, timeScale } from './sandboxOptions';
import { seed, type SeedOptions } from './seed';
import { status } from './status';
import { defaultTimeScale, up, type UpOptions } from './up';
import { demo, type DemoOptions } from '../demo/demo';
import { demoTimeScale } from '../demo/runDemo';

const timeScaleOption = (usual: number) =>
  ['--time-scale <factor>', `real seconds per second of an AWS operation (default ${usual})`] as const;

/** Adds `farcopy sandbox …` and `farcopy demo`. */
export function registerSandboxCommands(program: Command): void {
  const sandbox = program
    .command('sandbox')
    .description('an embedded Temporal server and emulated clouds to try things with: no Docker, no cloud account')
    .addHelpText(
      'after',
      `
Examples:
  farcopy sandbox up
  farcopy sandbox seed sandbox/demo/fleet.json
  eval "$(farcopy sandbox env)"
  farcopy sandbox down`,
    );
  const stateful = (name: string, description: string) =>
    sandbox
      .command(name)
      .description(description)
      .option(
        '--state-dir <dir>',
        'where the sandbox keeps its state (default FARCOPY_SANDBOX_DIR, else a folder of your user)',
      );

  stateful('up', 'start the sandbox in the background, or tell where the one that runs is')
    .option(...timeScaleOption(defaultTimeScale), timeScale)
    .addHelpText('after', '\nExamples:\n  farcopy sandbox up\n  farcopy sandbox up --json --time-scale 0.1')
    .action((_, command: Command) => up(command.optsWithGlobals<UpOptions>()));
  stateful('down', 'end the sandbox and everything it runs, and remove its state')
    .addHelpText('after', '\nExample:\n  farcopy sandbox down')
    .action((_, command: Command) => down(command.optsWithGlobals<SandboxOptions>()));
  stateful('status', 'tell whether the sandbox runs, and where (exit code 5 if not)')
    .addHelpText('after', '\nExample:\n  farcopy sandbox status --json')
    .action((_, command: Command) => status(command.optsWithGlobals<SandboxOptions>()));
  stateful(
    'env',
    'print export lines with which the AWS CLI, SDKs of AWS and GCS, temporal and farcopy work against it',
  )
    .addHelpText(
      'after',
      '\nExamples:\n  eval "$(farcopy sandbox env)"\n  aws --profile 111111111111 rds describe-db-cluster-snapshots',
    )
    .action((_, command: Command) => env(command.optsWithGlobals<SandboxOptions>()));
  stateful('seed', 'put databases into the sandbox, and write the fleet file for them')
    .argument('<file>', 'JSON or YAML, see docs/demo.md; - reads standard input')
    .option('--aws-endpoint <url>', 'an AWS emulator that something else has started, like docker compose')
    .option('--temporal-address <host:port>', 'the Temporal server beside that one (default 127.0.0.1:7233)')
    .option('--gcs-endpoint <url>', 'the GCS emulator beside it (default: none, no bucket is made)')
    .option('--no-data', 'leave databases empty: for an AWS emulator that has no PostgreSQL')
    .addHelpText('after', '\nExample:\n  farcopy sandbox seed sandbox/demo/fleet.json')
    .action((file: string, _, command: Command) => seed(file, command.optsWithGlobals<SeedOptions>()));

  program
    .command('demo')
    .description(
      'back up a fleet of Aurora clusters on the embedded default, and prove it by asking the (emulated) clouds',
    )
    .option('--clusters <n>', 'size of the fleet (default: the three clusters of sandbox/demo/fleet.json)', clusters)
    .option('--workers <n>', 'worker processes', workers, 2)
    .option('--keep', 'leave everything running')
    .option(...timeScaleOption(demoTimeScale), timeScale)
    .addHelpText(
      'after',
      `
Exit codes: 0 all is proven, 4 something is missing, 130 interrupted.

Examples:
  farcopy demo
  farcopy demo --clusters 40 --json
  farcopy demo --keep`,
    )
    .action((_, command: Command) => demo(command.optsWithGlobals<DemoOptions>()));
}

const clusters = (text: string) => wholeNumber(text, 1000);
const workers = (text: string) => wholeNumber(text, 32);

function wholeNumber(text: string, most: number): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || number > most)
    throw new InvalidArgumentError(`It is a whole number from 1 to ${most}.`);
  return number;
}
