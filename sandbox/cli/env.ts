import { printJson, runningSandbox, type SandboxOptions } from './sandboxOptions';
import { sandboxVariables, shellLines } from './sandboxEnvironment';

/** `farcopy sandbox env`: what a shell needs so that every tool works against the sandbox. */
export async function env(options: SandboxOptions): Promise<void> {
  const { state, sandbox, seeded } = await runningSandbox(options);
  const variables = sandboxVariables(state, sandbox, seeded, process.env);
  if (options.json) printJson(variables);
  else process.stdout.write(shellLines(variables, process.env));
}
