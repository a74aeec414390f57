import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { applyFleet } from '../../../src/client/fleet/applyFleet';
import { type Finding } from '../../../src/client';
import { loadFleet } from '../../../src/config';
import { knownKinds } from '../../../src/kinds/registry';
import { CloudSandbox } from '../../support/cloudSandbox';
import { cluster } from '../../support/database';
import { fleetDocument } from '../../support/fleetDocument';
import { farcopyProgram, run } from '../../support/program';
import { RunningFleet } from '../../support/runningFleet';

/** `farcopy check` as a cron job asks it whether anything works at all. */
const account = '999999999999';
const shop = cluster('panda', account, 'shop');

let sandbox: CloudSandbox;
let fleet: RunningFleet;

beforeAll(async () => {
  sandbox = await CloudSandbox.start({ databases: [shop] });
  fleet = await RunningFleet.start(sandbox, fleetDocument('panda', [account]));
}, 300_000);

afterAll(() => sandbox?.end());

async function checked(environment: NodeJS.ProcessEnv) {
  const { code, stdout } = await run(process.execPath, [farcopyProgram(), 'check', '--json'], environment);
  const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] };
  return {
    code,
    workers: findings.filter(({ check }) => check === 'workers').map(({ state, message }) => `${state}: ${message}`),
  };
}

test('a worker that has just been killed is missed at once, although Temporal still shows it', async () => {
  expect((await fleet.backUp(shop)).state).toBe('completed');
  expect(await checked(fleet.environment)).toEqual({
    code: 0,
    workers: ['ok: a worker answers', 'ok: a worker polls it'],
  });
  await fleet.killWorkers();
  const { code, workers } = await checked(fleet.environment);
  expect(code).toBe(5);
  expect(workers[0]).toMatch(/^unreachable: a worker has polled it lately, and none answers within 20 s/);
}, 180_000);

test('before the fleet is applied that no worker runs is a warning; from then on nothing is backed up', async () => {
  const file = join(sandbox.folder, 'other.yaml');
  await writeFile(file, JSON.stringify(fleetDocument('other', [account])));
  const environment = sandbox.environment(file, 'default');
  const silent = 'no worker polls it, so nothing runs';
  expect(await checked(environment)).toMatchObject({ code: 0, workers: [`warning: ${silent}`, expect.anything()] });
  await applyFleet(sandbox.client(), loadFleet(file, { kinds: knownKinds }));
  expect(await checked(environment)).toMatchObject({ code: 5, workers: [`unreachable: ${silent}`, expect.anything()] });
}, 120_000);
