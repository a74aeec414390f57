import { text } from 'node:stream/consumers';
import { readText } from '../../src/config/readText';
import { withFileLock } from '../provision/fileLock';
import { type SeedResource } from '../seed/seed';
import { parseSeed } from '../seed/seedFile';
import { printJson, runningSandbox, type SandboxOptions, stateOf, stateOption } from './sandboxOptions';
import { seedSandbox } from './seedSandbox';

/** `farcopy sandbox seed FILE`: puts databases into the sandbox; `-` reads standard input. */
export async function seed(file: string, options: SandboxOptions): Promise<void> {
  const addition =
    file === '-' ? parseSeed(await text(process.stdin), 'standard input') : parseSeed(readText(file), file);
  await runningSandbox(options);
  const { state, seeded } = await withFileLock(stateOf(options).lockFile, {}, async () => {
    const running = await runningSandbox(options);
    return { ...running, seeded: await seedSandbox(running.state, running.sandbox, addition) };
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
  process.stdout.write(`Seeded:\n${lines}
The fleet file covers them: ${state.fleetFile}
  eval "$(farcopy sandbox env${stateOption(options)})"
  farcopy apply           once, and again after seeding
  farcopy worker          in another terminal; start it anew after seeding another account
  farcopy backup --all    backs them up now
`);
}

function path({ kind, account, region, id }: SeedResource): string {
  return `${kind}/${account}/${region}/${id}`;
}
