import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withCommands } from './cliPage';

/** Writes what docs/cli.md has of the parser, which a unit test holds against the code. Run it at the root. */
const page = join(process.cwd(), 'docs', 'cli.md');
writeFileSync(page, withCommands(readFileSync(page, 'utf8')));
