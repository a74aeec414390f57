import { type Scope } from '../../../../../src/core/catalogue/copy';
import { step } from '../../../../../src/core/steps/step';
import { type VerifiedCopy } from '../../../../../src/core/steps/stepResult';
import { type StepCall } from '../../../../../src/kinds/kind';
import { FakeCloud } from '../../../../fakes/cloud';

const vault: Scope = { account: '111111111111', region: 'eu-west-1', access: 'vault' };
const marker = 'farcopy-shop-20261121t020000z-0m4t58u4l6598';

function scene() {
  const cloud = new FakeCloud({ exportDuration: () => 3600_000 });
  const kind = cloud.kind('aurora-cluster');
  const { steps } = kind;
  const resource = cloud.addResource({
    kind: 'aurora-cluster',
    account: '999999999999',
    region: 'eu-west-1',
    id: 'shop',
  });
  const source = {
    ...{
      kind: 'aurora-cluster',
      ...vault,
      id: 'copy',
      arn: `arn:aws:rds:eu-west-1:${vault.account}:cluster-snapshot:copy`,
    },
    ...{
      place: 'secure',
      keyArn: 'key',
      sizeGiB: 1,
      dataTime: '2026-11-21T02:03:00Z',
      verifiedAt: '2026-11-21T02:04:00Z',
    },
  } as VerifiedCopy;
  const exported = step({
    ...{ id: 'export:gcs', type: 'export', scope: vault, marker, place: 'gcs-export' },
    expects: { seconds: 0, secondsPerGiB: 0 },
    input: { bucket: 's3://panda-exports', role: 'role', key: 'alias/farcopy' },
  });
  const call: StepCall = {
    identity: { fleet: 'panda', tier: 'critical', resource, scheduledTime: '2026-11-21T02:00:00Z' },
    ...{ step: exported, input: exported.input, source, results: {}, ownership: null, now: 0, since: 0, attempt: 1 },
    signal: new AbortController().signal,
  };
  const operation = steps.export!;
  const tasks = () => cloud.exportsIn(vault);
  const start = async (changes: Partial<StepCall> = {}) => (await operation.start({ ...call, ...changes })).handle.id;
  return { call, kind, operation, source, start, tasks };
}

test.each(['FAILED', 'CANCELED'] as const)(
  'an export that has %s is made anew for its scheduled time',
  async (ended) => {
    const { start, tasks } = scene();
    expect(await start()).toBe(marker);
    tasks().get(marker)!.ended = ended;
    expect(await start()).toBe(`${marker}-2`);
    // What runs is adopted, and its answer may be lost as often as it likes.
    expect(await start()).toBe(`${marker}-2`);
    expect(tasks().size).toBe(2);
  },
);

test('whichever task of an export is in flight, its permit knows it by its marker', async () => {
  const { kind, start, tasks } = scene();
  await start();
  tasks().get(marker)!.ended = 'FAILED';
  await start();
  tasks().set('of-someone', { ...tasks().get(marker)!, id: 'of-someone-2', ended: null });
  expect(await kind.inFlight(vault, 'export-tasks')).toEqual([marker, 'of-someone-2']);
});

test('an export is given up by cancelling the task that runs', async () => {
  const { call, operation, start, tasks } = scene();
  await start();
  tasks().get(marker)!.ended = 'FAILED';
  await start();
  await operation.undo!(call, null);
  expect(tasks().get(`${marker}-2`)!.ended).toBe('CANCELED');
  await operation.undo!(call, null);
});

test('a task of someone else’s that bears the marker is left alone', async () => {
  const { call, operation, source, start, tasks } = scene();
  await start({ source: { ...source, arn: `${source.arn}-of-theirs` } });
  await operation.undo!(call, null);
  expect(tasks().get(marker)!.ended).toBeNull();
  await expect(start()).rejects.toMatchObject({ type: 'Conflict' });
});
