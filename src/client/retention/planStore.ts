import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type RetentionPlan } from '../../activities/retention/planRetention';
import { type Fleet, revisionOf } from '../../config';
import { messageOf } from '../../core/failure';
import { InvalidRequestError } from '../invalidRequestError';

/** What a person has seen of a plan, and may let go. */
export interface SeenPlan {
  readonly fleet: string;
  readonly id: string;
  /** Of the fleet file that it went by. */
  readonly revision: string;
  /** ISO 8601, UTC. */
  readonly plannedAt: string;
  /** ARNs of the copies that it lets go. */
  readonly copies: readonly string[];
}

/** Where plans are kept that were shown on this machine (XDG Base Directory Specification, `XDG_STATE_HOME`). */
function folder(environment: NodeJS.ProcessEnv): string {
  const state = environment['XDG_STATE_HOME'];
  return join(state !== undefined && state !== '' ? state : join(homedir(), '.local', 'state'), 'farcopy', 'plans');
}

const fileOf = (fleet: string, id: string, environment: NodeJS.ProcessEnv) =>
  join(folder(environment), `${fleet}-${id}.json`);

const idPattern = /^[0-9a-f]{12}$/;
/** What the id of a plan begins with that was made from the index of the catalogue. */
export const lookOnly = 'index-';
const lookOnlyPattern = /^index-[0-9a-f]{12}$/;
/** Nobody remembers what stood in an older one. */
const goodForDays = 7;

/** Keeps a plan for whoever has just seen it. */
export async function keepPlan(
  fleet: string,
  { id, revision, plannedAt, doomed }: RetentionPlan,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const seen: SeenPlan = { fleet, id, revision, plannedAt, copies: doomed.map(({ copy }) => copy.id) };
  await mkdir(folder(environment), { recursive: true, mode: 0o700 });
  await writeFile(fileOf(fleet, id, environment), JSON.stringify(seen), { mode: 0o600 });
}

/**
 * A plan that was shown before.
 *
 * @param of the fleet file as it is now: a plan of another revision is another plan
 * @param now epoch milliseconds
 * @param name its id; or a file that `farcopy prune --plan --json` was written to, from another machine
 * @throws InvalidRequestError
 */
export async function seenPlan(
  of: Fleet,
  name: string,
  now: number,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<SeenPlan> {
  const fleet = of.name;
  if (lookOnlyPattern.test(name)) throw notToBeApplied(`plan ${name}`);
  const isId = idPattern.test(name);
  const file = isId ? fileOf(fleet, name, environment) : name;
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (error) {
    throw new InvalidRequestError(
      isId ? `no plan ${name} of fleet ${fleet} was shown on this machine` : `${file}: ${messageOf(error)}`,
      'look at `farcopy prune --plan` here; or bring a plan along: `farcopy prune --plan --json > plan.json`, then `farcopy prune --apply plan.json`',
    );
  }
  const seen = readPlan(content);
  if (seen === null) throw new InvalidRequestError(`${file}: is no plan`, '`farcopy prune --plan --json` writes one');
  if (seen === 'look-only') throw notToBeApplied(`the plan in ${file}`);
  if (seen.fleet !== fleet)
    throw new InvalidRequestError(`${file}: is a plan of fleet ${seen.fleet}`, `the fleet file is of ${fleet}`);
  const again = 'look at `farcopy prune --plan` again, and apply what it shows';
  if (seen.revision !== revisionOf(of))
    throw new InvalidRequestError(`plan ${seen.id} went by another revision of the fleet file`, again);
  if (!(now - Date.parse(seen.plannedAt) <= goodForDays * 86_400_000))
    throw new InvalidRequestError(`plan ${seen.id} is of ${seen.plannedAt}, more than ${goodForDays} days ago`, again);
  return seen;
}

const notToBeApplied = (what: string) =>
  new InvalidRequestError(
    `${what} was made from the index of the catalogue: it is there to be looked at, and nothing is marked by it`,
    'plan anew from the clouds: `farcopy prune --plan`, and apply what that shows',
  );

/** Of a kept plan, or of a document that the command has printed. */
function readPlan(content: string): SeenPlan | 'look-only' | null {
  try {
    const { fleet, id, revision, plannedAt, copies, doomed, index } = JSON.parse(content) as Readonly<
      Record<string, unknown>
    >;
    if ((index ?? null) !== null || (typeof id === 'string' && id.startsWith(lookOnly))) return 'look-only';
    const all = copies ?? (doomed as readonly { readonly copy: { readonly id: string } }[]).map(({ copy }) => copy.id);
    const isPlan =
      [fleet, id, revision, plannedAt].every((one) => typeof one === 'string') &&
      idPattern.test(String(id)) &&
      !Number.isNaN(Date.parse(String(plannedAt))) &&
      Array.isArray(all) &&
      all.every((one) => typeof one === 'string');
    return isPlan ? ({ fleet, id, revision, plannedAt, copies: all } as SeenPlan) : null;
  } catch {
    return null;
  }
}
