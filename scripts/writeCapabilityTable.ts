import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withTables } from './capabilityTable';

/** Writes the tables of docs/limits.md that a unit test holds against the code. Run it at the root. */
const page = join(process.cwd(), 'docs', 'limits.md');
writeFileSync(page, withTables(readFileSync(page, 'utf8')));
