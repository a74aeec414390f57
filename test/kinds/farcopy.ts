#!/usr/bin/env node
import { createProgram, exitCodes, runProgram } from '../../src/client/cli';
import { toyKinds } from './registry';

/** The whole of `farcopy`, with the toy kinds beside those of the product. */
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

void runProgram(createProgram({ kinds: toyKinds }), process.argv.slice(2)).then((exitCode) => {
  if (exitCode !== null) process.exitCode = exitCode;
  if (exitCode === exitCodes.interrupted) process.exit(exitCode);
});
