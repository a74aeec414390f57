import { type Command } from 'commander';
import { type Ended } from './commandContext';
import { type Terminal } from './terminal';

/** Adds a command to the program. */
export type AddCommand = (program: Command, terminal: Terminal, ended: Ended) => void;
