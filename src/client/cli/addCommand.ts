import { type Command } from 'commander';
import { type Host } from './commandContext';

/** Adds a command to the program. */
export type AddCommand = (program: Command, host: Host) => void;
