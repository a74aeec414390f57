import { type Scope } from '../../../../src/core/catalogue/copy';
import { step } from '../../../../src/core/steps/step';
import { type StepCall } from '../../../../src/kinds/kind';
import { type RestoreOperations } from '../../../../src/kinds/rds/restore/restoreOperations';
import { restoreOperations } from '../../../../src/kinds/rds/restore/restoreSteps';

const target: Scope = { account: '333333333333', region: 'eu-west-1', access: 'restore' };

/** The step `settings` of a restore, for a database that bears these tags. */
function settingsOf(tags: Readonly<Record<string, string>>) {
  const changed: string[] = [];
  const operations = {
    progress: async () => ({ id: 'prod', arn: 'arn:prod', tags, instances: [], endpoint: null, readerEndpoint: null }),
    finish: async (id: string) => {
      changed.push(id);
      return [];
    },
  } as unknown as RestoreOperations;
  const settings = step({
    ...{ id: 'settings', type: 'settings', scope: target, marker: 'prod' },
    expects: { seconds: 0, secondsPerGiB: 0 },
    input: { id: 'prod', settings: {} },
  });
  const call = {
    identity: { resource: { kind: 'aurora-cluster' } },
    step: settings,
    input: settings.input,
    ownership: { 'farcopy:restore': 'r1', 'farcopy:restore-run': 'run-1' },
  } as unknown as StepCall;
  return { changed, start: () => restoreOperations(operations, true).settings!.start(call) };
}

test('the settings of a database that this restore has made are applied', async () => {
  const { changed, start } = settingsOf({ 'farcopy:restore': 'r1', 'farcopy:restore-run': 'run-1' });
  await start();
  expect(changed).toEqual(['prod']);
});

test.each([{}, { 'farcopy:restore': 'r1', 'farcopy:restore-run': 'run-2' }])(
  'those of a database with the tags %j are left alone: it is not of this restore',
  async (tags) => {
    const { changed, start } = settingsOf(tags as Record<string, string>);
    await expect(start()).rejects.toMatchObject({ type: 'Conflict' });
    expect(changed).toEqual([]);
  },
);
