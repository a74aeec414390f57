import { defaultRegion, scratchAccount, vaultAccount } from '../../../sandbox/seed/sandboxAccounts';
import { type ListedCopy } from '../../../src/client';
import { copyTags } from '../../../src/core/catalogue/copy';
import { drillWorkflowId, recoveryPointWorkflowId } from '../../../src/core/naming';
import { type RestoreResult } from '../../../src/core/restore/restoreResult';
import { type SweepReport } from '../../../src/core/sweep/sweep';
import { type StoredCrate } from '../../kinds/crate/crateService';
import { account, cratePlaces, fleetName, ToyFleet } from '../../kinds/support/toyFleet';
import { accessDenied } from '../../kinds/service/toyServer';
import { eventually } from '../../support/eventually';

const region = defaultRegion;
const tags = { fleet: fleetName };
const scratch = `${scratchAccount}/${region}`;

let fleet: ToyFleet;

beforeAll(async () => {
  fleet = await ToyFleet.start();
  expect((await fleet.farcopy('apply')).code).toBe(0);
  await fleet.startWorker();
}, 240_000);
afterAll(() => fleet?.sandbox.end());
afterEach(() => {
  fleet.crates.server.heal();
  fleet.shelves.server.heal();
});

const plantBox = () => fleet.crates.plant({ account, region, tags });
const placesOf = (crate: StoredCrate) =>
  fleet.crates.copiesOf(crate).map((copy) => `${copy.tags[copyTags.place]} ${copy.account}/${copy.region}`);
const inScratch = () =>
  [...fleet.crates.crates.values(), ...fleet.crates.copies.values()].filter((one) => one.account === scratchAccount);

interface Begun {
  readonly requests: readonly { readonly recoveryPoint: string }[];
}

/** The id of the workflow of a recovery point that was just asked for. */
async function begin(id: string): Promise<string> {
  const { requests } = await fleet.json<Begun>('backup', id, '--no-wait');
  return recoveryPointWorkflowId(requests[0]?.recoveryPoint ?? '');
}

test('twenty lost answers leave no twin', async () => {
  const many = Array.from({ length: 10 }, plantBox);
  const made = fleet.crates.everMade.length;
  await eventually('they show', async () => (await fleet.json<{ resources: [] }>('plan')).resources.length >= 10);
  // With three slots there is none for a twin as long as the first one is being made.
  for (const place of cratePlaces) fleet.crates.capacities.set(place.split(' ')[1] ?? '', 30);
  fleet.crates.server.loseAnswers('CreateCopy', 10);
  fleet.crates.server.loseAnswers('ImportCopy', 10);
  const { code } = await fleet.json('backup', ...many.map(({ id }) => id));
  expect(code).toBe(0);
  const { server, everMade } = fleet.crates;
  expect(server.answersToLose('CreateCopy') + server.answersToLose('ImportCopy')).toBe(0);
  // There were twins, and they are gone.
  expect(everMade.length - made).toBeGreaterThan(3 * many.length);
  for (const box of many) expect(placesOf(box).sort()).toEqual([...cratePlaces].sort());
  fleet.crates.capacities.clear();
}, 600_000);

describe('a worker that is killed in the middle of a copy', () => {
  test('is replaced by one that goes on with the same copy', async () => {
    const box = plantBox();
    fleet.crates.settings.copySeconds = 15;
    const workflowId = await begin(box.id);
    const begun = await eventually('the snapshot is being made', async () => fleet.crates.copiesOf(box)[0]);
    await fleet.killWorkers();
    await fleet.startWorker();
    const { state } = (await fleet.client.workflow.getHandle(workflowId).result()) as { state: string };
    fleet.crates.settings.copySeconds = 1;
    expect(state).toBe('completed');
    expect(placesOf(box)).toEqual(cratePlaces);
    expect(fleet.crates.copiesOf(box)[0]?.id).toBe(begun.id);
  }, 240_000);
});

describe('a recovery point that a person cancels', () => {
  test('of a crate leaves nothing half made', async () => {
    const box = plantBox();
    fleet.crates.settings.crossRegionSeconds = 60;
    const workflowId = await begin(box.id);
    await eventually('the last copy is being made', async () => placesOf(box).length === 3);
    expect((await fleet.temporal('workflow', 'cancel', '-w', workflowId)).code).toBe(0);
    await fleet.client.workflow
      .getHandle(workflowId)
      .result()
      .catch(() => undefined);
    fleet.crates.settings.crossRegionSeconds = 2;
    expect(placesOf(box)).toEqual(cratePlaces.slice(0, 2));
    expect(fleet.crates.copiesOf(box).flatMap(({ sharedWith }) => [...sharedWith])).toEqual([]);
    expect(await fleet.crates.pending()).toEqual([]);
  }, 240_000);

  test('of a shelf leaves an export that nobody takes for a copy, and that the next one takes up', async () => {
    fleet.shelves.settings.exportSeconds = 20;
    const rows = fleet.shelves.plant({ name: 'Cancelled Rows', account, region, tags });
    const workflowId = await begin('Cancelled Rows');
    await eventually('the export has begun', async () => fleet.shelves.exportsOf(rows).length === 1);
    expect((await fleet.temporal('workflow', 'cancel', '-w', workflowId)).code).toBe(0);
    await fleet.client.workflow
      .getHandle(workflowId)
      .result()
      .catch(() => undefined);
    fleet.shelves.settings.exportSeconds = 2;
    expect(await fleet.inOtherCloud(`catalogue/shelf/${account}/${region}/Cancelled Rows/`)).toEqual([]);
    const { copies } = await fleet.json<{ copies: ListedCopy[] }>('copies', 'Cancelled Rows');
    expect(copies).toEqual([]);
    expect((await fleet.json('backup', 'Cancelled Rows')).code).toBe(0);
    expect(await fleet.inOtherCloud(`catalogue/shelf/${account}/${region}/Cancelled Rows/`)).toHaveLength(1);
  }, 240_000);
});

test('a kind that an account does not let be listed keeps no other from being planned, checked and copied', async () => {
  const box = plantBox();
  fleet.shelves.server.refuse('ListShelves', account, accessDenied('shelf:ListShelves'));
  await eventually('it shows', async () => {
    const plan = await fleet.json<{ resources: { resource: { id: string } }[]; unreadable: { kind: string }[] }>(
      'plan',
    );
    expect(plan).toMatchObject({ code: 3, unreadable: [{ kind: 'shelf' }] });
    return plan.resources.some(({ resource }) => resource.id === box.id);
  });
  const { findings } = await fleet.json<{ findings: { check: string; state: string; message: string }[] }>('check');
  expect(findings.filter(({ state }) => state === 'failed')).toEqual([
    expect.objectContaining({ check: 'resources', message: expect.stringContaining('AccessDenied') as string }),
  ]);
  expect((await fleet.json('backup', box.id)).code).toBe(0);
  expect(placesOf(box)).toEqual(cratePlaces);
}, 240_000);

test('a kind whose copies a vault does not let be listed is a problem of that kind alone', async () => {
  fleet.crates.server.refuse('ListCopies', vaultAccount, accessDenied('crate:ListCopies'));
  const { code, copies, problems } = await fleet.json<{ copies: ListedCopy[]; problems: { kind: string }[] }>('copies');
  expect(code).toBe(3);
  expect(new Set(problems.map(({ kind }) => kind))).toEqual(new Set(['crate']));
  expect(copies.some(({ place }) => place === 'other-cloud')).toBe(true);
});

describe('a drill that is terminated with its restore', () => {
  test('leaves things that the sweep finds and removes', async () => {
    const box = plantBox();
    expect((await fleet.json('backup', box.id)).code).toBe(0);
    fleet.crates.settings.createSeconds = 60;
    const started = await fleet.json<{ workflowId: string }>('drill', box.id, '--drill', 'weekly', '--no-wait');
    expect(started.workflowId).toBe(drillWorkflowId({ kind: 'crate', account, region, id: box.id }, 'weekly'));
    const restored = await eventually(
      'a scratch crate is there',
      async () => [...fleet.crates.crates.values()].find((one) => one.account === scratchAccount),
      120,
    );
    const restore = restored.tags['farcopy:restore'] ?? '';
    // Else one would have tidied up before it is ended too.
    await fleet.killWorkers();
    for (const workflowId of [started.workflowId, restore])
      expect((await fleet.temporal('workflow', 'terminate', '-w', workflowId)).code).toBe(0);
    await fleet.startWorker();
    fleet.crates.settings.createSeconds = 1;
    expect(inScratch().length).toBeGreaterThan(0);
    const report = await eventually(
      'the sweep finds them',
      async () => {
        const { sweep } = await fleet.json<{ sweep: SweepReport }>('sweep');
        return inScratch().length === 0 ? sweep : undefined;
      },
      120,
    );
    expect(report.problems).toEqual([]);
    expect(placesOf(box)).toEqual(cratePlaces);
    expect(fleet.crates.copiesOf(box).flatMap(({ sharedWith }) => [...sharedWith])).toEqual([]);
  }, 400_000);
});

describe('when Temporal has lost its memory', () => {
  let before: readonly string[];
  const lineOf = ({ resource, scheduledTime, place }: ListedCopy) => `${resource} ${scheduledTime} ${place}`;
  const listed = async () => (await fleet.json<{ copies: ListedCopy[] }>('copies', '--limit', '0')).copies;

  beforeAll(async () => {
    before = (await listed()).map(lineOf);
    await fleet.killWorkers();
    await fleet.sandbox.loseTemporal();
  });

  test('copies lists the same, of both kinds', async () => {
    expect((await listed()).map(lineOf)).toEqual(before);
    expect(before.some((line) => line.includes(':shelf/'))).toBe(true);
  });

  test('a crate comes back through a Temporal that knows nothing, although its account is closed', async () => {
    const box = [...fleet.crates.crates.values()].find((one) => placesOf(one).length === 3);
    if (box === undefined) throw new Error('nothing was backed up');
    await fleet.sandbox.startEmptyTemporal();
    expect((await fleet.farcopy('apply')).code).toBe(0);
    await fleet.startWorker();
    for (const action of ['ListCrates', 'DescribeCrate', 'ListCopies'])
      fleet.crates.server.refuse(action, account, accessDenied(action));
    const { code, restore } = await fleet.json<{ restore: RestoreResult }>(
      ...['restore', box.arn, '--to', scratch, '--as', 'from-nothing'],
    );
    expect(code).toBe(0);
    const back = [...fleet.crates.crates.values()].find((one) => one.tags.name === 'from-nothing');
    expect(back?.content).toBe(box.content);
    expect(restore.from.place).toBe('secure');
    expect(restore.differences.join()).toContain('its tags are not known');
  }, 240_000);
});
