import { readFile } from 'node:fs/promises';
import { InvalidRequestError } from '../../src/client/invalidRequestError';
import { awsConfigText } from '../seed/awsConfigText';
import { type AwsKeyPair, plantSeed, RefusedByEmulatorError } from '../seed/emulatorControl';
import { fleetText } from '../seed/fleetText';
import { type DatabaseWithData, plantDatabase } from '../seed/plantDatabase';
import { plantScratchServer } from '../seed/plantScratchServer';
import { type CloudEndpoints, plantBuckets } from '../seed/plantBuckets';
import { emptySeed, mergeSeeds, type Seed, type SeedResource } from '../seed/seed';
import { seedRequest, vaultRegions } from '../seed/seedRequest';
import { type RunningSandbox } from './runningSandbox';
import { type StateDirectory } from './stateDirectory';
import { writeWhole } from './writeWhole';

/** Everything that was seeded into a sandbox so far. */
export interface Seeded {
  /** The name of the fleet in its fleet file. */
  readonly fleet: string;
  readonly credentials: AwsKeyPair;
  readonly seed: Seed;
  /** ARNs, in the order of the seed's resources. */
  readonly arns: readonly string[];
}

/** What a seed and the files for it need of the servers. */
export type SeededServers = CloudEndpoints &
  Pick<RunningSandbox, 'temporalAddress' | 'temporalNamespace' | 'startedAt'>;

/**
 * Puts a seed into a running sandbox, beside what is there, and writes the fleet file and the AWS config file for all of it.
 * Doing it twice changes nothing.
 *
 * @param fleet The fleet's name, taken when the sandbox is seeded for the first time.
 */
export async function seedSandbox(
  state: StateDirectory,
  sandbox: SeededServers,
  addition: Seed,
  fleet = 'sandbox',
): Promise<Seeded> {
  const before = await readSeeded(state);
  const seed = mergeSeeds(before?.seed ?? emptySeed, addition);
  const { credentials, resources } = await plantSeed(sandbox.awsEndpoint, seedRequest(seed)).catch((error: unknown) => {
    if (!(error instanceof RefusedByEmulatorError)) throw error;
    throw new InvalidRequestError(error.why, 'mend that entry of the seed, and seed it again');
  });
  const named = before?.fleet ?? fleet;
  const withData = seed.resources.filter(hasData);
  const [scratchServer] = await Promise.all([
    withData.length > 0 ? plantScratchServer(sandbox.awsEndpoint) : null,
    plantBuckets(sandbox, named, vaultRegions(seed)),
    ...withData.map((database) => plantDatabase(sandbox.awsEndpoint, database)),
  ]);
  const seeded: Seeded = { fleet: named, credentials, seed, arns: resources };
  await Promise.all([
    writeWhole(state.fleetFile, fleetText(seeded.fleet, seed, new Date(sandbox.startedAt), scratchServer)),
    writeWhole(state.awsConfigFile, awsConfigText(seed, sandbox.awsEndpoint, credentials)),
    writeWhole(state.awsCredentialsFile, ''),
    writeWhole(state.temporalConfigFile, temporalConfigText(sandbox)),
  ]);
  // Last: whoever reads it finds the files that it speaks of.
  await writeWhole(state.seededFile, `${JSON.stringify(seeded, null, 2)}\n`);
  return seeded;
}

function hasData(resource: SeedResource): resource is SeedResource & DatabaseWithData {
  return resource.data !== undefined;
}

function temporalConfigText({ temporalAddress, temporalNamespace }: SeededServers): string {
  return `[profile.default]\naddress = "${temporalAddress}"\nnamespace = "${temporalNamespace}"\n`;
}

/** What was seeded so far, null in a sandbox that is just starting. */
export async function readSeeded({ seededFile }: StateDirectory): Promise<Seeded | null> {
  try {
    return JSON.parse(await readFile(seededFile, 'utf8')) as Seeded;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
