import { mkdir } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { readText } from '../../src/config/reading/readText';
import { withFileLock } from '../provision/fileLock';
import { type SeedResource, withoutData } from '../seed/seed';
import { parseSeed } from '../seed/seedFile';
import { programName } from './programName';
import { printJson, runningSandbox, type SandboxOptions, stateOf, stateOption } from './sandboxOptions';
import { type SeededServers, seedSandbox } from './seedSandbox';

export interface SeedOptions extends SandboxOptions {
  /** An AWS emulator that something else than `farcopy sandbox up` has started, like docker compose. */
  readonly awsEndpoint?: string;
  /** The Temporal server beside it. */
  readonly temporalAddress?: string;
  /** The GCS emulator beside it. */
  readonly gcsEndpoint?: string;
  /** False: databases are seeded without what they hold. */
  readonly data?: boolean;
}

/** `farcopy sandbox seed FILE`: puts databases into the sandbox; `-` reads standard input. */
export async function seed(file: string, options: SeedOptions): Promise<void> {
  const described =
    file === '-' ? parseSeed(await text(process.stdin), 'standard input') : parseSeed(readText(file), file);
  const addition = options.data === false ? withoutData(described) : described;
  const state = stateOf(options);
  const { awsEndpoint } = options;
  if (awsEndpoint === undefined) await runningSandbox(options);
  else await mkdir(state.path, { recursive: true, mode: 0o700 });
  const seeded = await withFileLock(state.lockFile, {}, async () => {
    const servers =
      awsEndpoint === undefined ? (await runningSandbox(options)).sandbox : serversOfOthers(awsEndpoint, options);
    return seedSandbox(state, servers, addition);
  });
  const planted = new Set(addition.resources.map(path));
  const resources = seeded.seed.resources.flatMap((resource, i) =>
    planted.has(path(resource))
      ? [
          {
            kind: resource.kind,
            account: resource.account,
            region: resource.region,
            id: resource.id,
            arn: seeded.arns[i],
          },
        ]
      : [],
  );
  if (options.json) return printJson({ ok: true, fleetFile: state.fleetFile, resources });
  const lines = resources.map(({ arn }) => `  ${arn}\n`).join('');
  process.stdout.write(`Seeded:\n${lines}\nThe fleet file covers them: ${state.fleetFile}\n`);
  if (awsEndpoint !== undefined) return;
  const farcopy = programName();
  process.stdout.write(`\
  eval "$(${farcopy} sandbox env${stateOption(options)})"    in each terminal
  ${farcopy} apply           once, and again after seeding
  ${farcopy} worker          in another terminal; start it anew after seeding another account
  ${farcopy} backup --all    backs them up now
  ${farcopy} report          writes how they stand, for a browser
`);
}

function serversOfOthers(awsEndpoint: string, { temporalAddress, gcsEndpoint }: SeedOptions): SeededServers {
  return {
    awsEndpoint,
    gcsEndpoint: gcsEndpoint ?? null,
    temporalAddress: temporalAddress ?? '127.0.0.1:7233',
    temporalNamespace: 'default',
    startedAt: new Date().toISOString(),
  };
}

function path({ kind, account, region, id }: SeedResource): string {
  return `${kind}/${account}/${region}/${id}`;
}
