import { readFileSync } from 'node:fs';
import path from 'node:path';
import { applicationFailure } from '../../../src/core/applicationFailure';
import { type ProtectionPolicy } from '../../../src/core/backup/policy';
import { type Copy, type Scope } from '../../../src/core/catalogue/copy';
import { failureTypes } from '../../../src/core/failure';
import { type Resource } from '../../../src/core/resource';
import { type Step } from '../../../src/core/steps/step';
import { type StepResult, type VerifiedCopy } from '../../../src/core/steps/stepResult';
import { type Clouds, type KindOperations, type StepCall } from '../../../src/kinds/kind';
import { jarKind, jarOf, type JarService } from './exampleKind';

const time = '2026-11-21T02:00:00Z';
const jam: Resource = {
  ...{ kind: 'jar', account: '999999999999', region: 'eu-west-1', id: 'jam', tags: {}, status: 'closed' },
  ...{ arn: 'arn:aws:jar:eu-west-1:999999999999:jar/jam', engine: 'jar', sizeGiB: 1, keyArn: null },
};
const policy: ProtectionPolicy = {
  ...{ fleet: 'panda', tier: 'standard', priority: 3, rpoSeconds: 3600, retention: { minimum: 1 }, limits: [] },
  route: [{ name: 'secure', account: '111111111111', region: null, key: 'alias/farcopy' }],
  ...{
    shareableKey: null,
    singleStepCopy: false,
    verify: 'manifest',
    connect: null,
    polling: { shortestSeconds: 1, longestSeconds: 10 },
  },
};

/** Copies in memory, that are done when the test says so. */
function service() {
  const copies = new Map<string, Copy>();
  const readers = new Map<string, Set<string>>();
  const keyOf = ({ account, region }: Pick<Scope, 'account' | 'region'>, name: string) =>
    `${account}/${region}/${name}`;
  const readersOf = (scope: Scope, name: string) => {
    const found = readers.get(keyOf(scope, name)) ?? new Set();
    readers.set(keyOf(scope, name), found);
    return found;
  };
  async function* one<T>(page: readonly T[]): AsyncGenerator<readonly T[]> {
    yield page;
  }
  const calls: JarService = {
    discover: () => one([jam]),
    describe: async () => jam,
    list: ({ account, region }) =>
      one([...copies.values()].filter((copy) => copy.account === account && copy.region === region)),
    async progress({ id }, scope) {
      const found = copies.get(keyOf(scope, id));
      if (found === undefined) throw applicationFailure(failureTypes.notFound, `${id}: there is none`);
      return found;
    },
    tag: async ({ id }, scope, tags) => {
      const found = copies.get(keyOf(scope, id));
      if (found !== undefined) copies.set(keyOf(scope, id), { ...found, tags: { ...found.tags, ...tags } });
    },
    delete: async ({ id }, scope) => void copies.delete(keyOf(scope, id)),
    sharing: {
      share: async ({ id }, scope, account) => void readersOf(scope, id).add(account),
      unshare: async ({ id }, scope, account) => void readersOf(scope, id).delete(account),
      sharedWith: async ({ id }, scope) => [...readersOf(scope, id)],
    },
    async create({ account, region }, id, { arn, key: keyArn }, tags) {
      const key = keyOf({ account, region }, id);
      if (copies.has(key)) throw applicationFailure(failureTypes.conflict, `${id} is there already`);
      const isOfJar = jarKind.ofArn(arn) !== null;
      const made: Copy = {
        ...{ kind: 'jar', account, region, id, arn: `arn:aws:jar:${region}:${account}:copy/${id}`, keyArn },
        ...{ status: 'in-progress', rawStatus: 'filling', percent: 0, sizeGiB: 1, createdAt: time },
        ...{ sourceArn: isOfJar ? null : arn, resourceId: isOfJar ? arn : jam.arn, manual: true, tags },
      };
      copies.set(key, made);
      return made;
    },
  };
  const finish = () => {
    for (const [key, copy] of copies) copies.set(key, { ...copy, status: 'available', rawStatus: 'full' });
  };
  return { calls, copies, finish };
}

const keys = { arn: async (_: Scope, key: string) => `arn:aws:kms:::key/${key}` } as unknown as Clouds['keys'];
const connected = (calls: JarService): KindOperations => jarOf(() => calls).connect({ keys } as Clouds);

const planned = () => jarKind.planBackup({ ...jam, encryption: { type: 'none' } }, policy, time);

function callOf(step: Step, source: VerifiedCopy | null): StepCall {
  const identity = { fleet: 'panda', tier: 'standard', resource: jam, scheduledTime: time };
  const { signal } = new AbortController();
  const call = { identity, step, input: step.input, source, results: {}, ownership: null };
  const at = { now: Date.parse(time), since: Date.parse(time), attempt: 1, signal };
  return { ...call, ...at };
}

/** Walks a plan as the runner does, every start twice. */
async function walk(kind: KindOperations, steps: readonly Step[], finish: () => void): Promise<StepResult[]> {
  const results = new Map<string, StepResult>();
  for (const step of steps) {
    const call = callOf(step, (step.reads === null ? undefined : results.get(step.reads)?.copy) ?? null);
    const operation = kind.steps[step.type];
    const started = await operation?.start(call);
    expect(await operation?.start(call)).toEqual(started);
    finish();
    const proven =
      started === undefined ? undefined : (started.result ?? (await operation?.look?.(call, started.handle)));
    results.set(step.id, proven as StepResult);
  }
  return [...results.values()];
}

describe('the example of CONTRIBUTING.md', () => {
  it('stands there as it is here', () => {
    const page = readFileSync(path.resolve(__dirname, '../../../CONTRIBUTING.md'), 'utf8');
    const example = readFileSync(path.join(__dirname, 'exampleKind.ts'), 'utf8');
    expect(page).toContain(`\n\`\`\`ts\n${example}\`\`\`\n`);
  });

  it('plans a snapshot, its share and the copy that the vault pulls', () => {
    expect(planned().map(({ id }) => id)).toEqual(['snapshot', 'share:secure', 'copy:secure']);
  });

  it('brings a jar to the vault, each copy made once and proven', async () => {
    const { calls, copies, finish } = service();
    const results = await walk(connected(calls), planned(), finish);
    expect(results.map(({ copy }) => copy?.place)).toEqual(['source', undefined, 'secure']);
    expect([...copies.values()].map(({ tags }) => tags['farcopy:verified'])).toEqual(Array(2).fill(expect.anything()));
    expect([...copies.values()].at(-1)?.keyArn).toBe('arn:aws:kms:::key/alias/farcopy');
  });

  it('adopts nothing that is not its own', async () => {
    const { calls } = service();
    const [snapshot] = planned();
    if (snapshot === undefined) throw new Error('nothing was planned');
    await calls.create(snapshot.scope, snapshot.marker, { arn: jam.arn, key: null }, { 'farcopy:fleet': 'koala' });
    const started = connected(calls).steps.snapshot?.start(callOf(snapshot, null));
    await expect(started).rejects.toMatchObject({ type: failureTypes.conflict });
  });

  it('adopts no copy of another source', async () => {
    const { copies } = connected(service().calls);
    if (copies === undefined) throw new Error('jars have copies');
    const honey = { ...jam, id: 'honey', arn: jam.arn.replace('jam', 'honey') };
    const snapshot = (resource: Resource, marker: string) => copies.snapshot({ resource, marker, tags: {} });
    const one = await snapshot(jam, 'one');
    const two = await snapshot(jam, 'two');
    const target: Scope = { account: '111111111111', region: 'eu-west-1', access: 'vault' };
    const copy = (source: Copy) => copies.copy({ source, target, marker: 'pulled', key: null, tags: {} });
    const pulled = await copy(one);
    expect((await copy(one)).arn).toBe(pulled.arn);
    await expect(copy(two)).rejects.toMatchObject({ type: failureTypes.conflict });
    await expect(snapshot(honey, 'one')).rejects.toMatchObject({ type: failureTypes.conflict });
  });

  it('tells what is in flight by its markers, and removes what is half made', async () => {
    const { calls, copies } = service();
    const kind = connected(calls);
    const [snapshot] = planned();
    if (snapshot === undefined) throw new Error('nothing was planned');
    await kind.steps.snapshot?.start(callOf(snapshot, null));
    expect(await kind.inFlight(snapshot.scope, 'jar-copies')).toEqual([snapshot.marker]);
    await kind.steps.snapshot?.undo?.(callOf(snapshot, null), null);
    expect(copies.size).toBe(0);
  });
});
