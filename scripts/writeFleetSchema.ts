import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fleetSchemaText } from '../src/config';
import { knownKinds } from '../src/kinds/registry';

/** Writes schema/fleet.schema.json, which editors read and a unit test holds against the code. Run it at the root. */
writeFileSync(join(process.cwd(), 'schema', 'fleet.schema.json'), fleetSchemaText(knownKinds));
