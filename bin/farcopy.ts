#!/usr/bin/env node
import { registerSandboxCommands } from '../sandbox/cli/register';
import { createProgram, exitCodes, runProgram } from '../src/client/cli';

// For those who develop with the SDK, not for those who run a command.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

// Whoever reads our answer may have had enough of it: `farcopy copies | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodes.ok);
  throw error;
});

const program = createProgram();
registerSandboxCommands(program);

void runProgram(program, process.argv.slice(2)).then((exitCode) => {
  if (exitCode !== null) process.exitCode = exitCode;
  // What was interrupted may still be under way, and would keep the process.
  if (exitCode === exitCodes.interrupted) process.exit(exitCode);
});
