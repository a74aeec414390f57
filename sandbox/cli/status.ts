import { exitCodes } from '../../src/client/cli/exitCodes';
import { findRunningSandbox } from './runningSandbox';
import { printJson, type SandboxOptions, stateOf, stateOption } from './sandboxOptions';
import { sandboxSummary, summaryText } from './sandboxSummary';
import { readSeeded } from './seedSandbox';

/** `farcopy sandbox status`: what runs and where; exit code 5 if nothing does. */
export async function status(options: SandboxOptions): Promise<void> {
  const state = stateOf(options);
  const sandbox = await findRunningSandbox(state);
  const seeded = sandbox === null ? null : await readSeeded(state);
  if (sandbox === null || seeded === null) {
    process.exitCode = exitCodes.unreachable;
    if (options.json) printJson({ ok: false, running: false, stateDir: state.path });
    else process.stdout.write(`No sandbox runs with its state in ${state.path}.\n`);
    return;
  }
  const summary = sandboxSummary(state, sandbox, seeded);
  if (options.json) printJson({ ok: true, ...summary });
  else
    process.stdout.write(
      `The sandbox runs since ${summary.startedAt}.\n\n${summaryText(summary, stateOption(options))}`,
    );
}
