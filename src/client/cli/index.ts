export { type Host } from './commandContext';
export { CommandFailure } from './commandFailure';
export { type ExitCode, exitCodes } from './exitCodes';
export { createProgram } from './program';
export { runProgram } from './runProgram';
export { type Terminal, processTerminal } from './terminal';
