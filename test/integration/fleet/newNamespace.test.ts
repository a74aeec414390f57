import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { provision } from '../../../sandbox/provision';
import { startTemporalServer, type TemporalServer } from '../../../sandbox/servers';
import { applyFleet, fleetDifference } from '../../../src/client/fleet/applyFleet';
import { checkTemporal } from '../../../src/client/fleet/checkFleet';
import { type Fleet, parseFleet } from '../../../src/config';
import { knownKinds } from '../../../src/kinds/registry';
import { fleetDocument } from '../../support/fleetDocument';

const fleetOf = (name: string): Fleet =>
  parseFleet(JSON.stringify(fleetDocument(name, ['999999999999'])), `${name}.yaml`, { kinds: knownKinds });
const fleets = ['panda', 'koala'].map(fleetOf);

let folder: string;
let server: TemporalServer;
let connection: Connection;
let client: Client;

beforeAll(async () => {
  const servers = await provision(['temporal-cli']);
  folder = await mkdtemp(join(tmpdir(), 'farcopy-test-'));
  server = await startTemporalServer({
    path: servers['temporal-cli'].path,
    headless: true,
    // As every server but the development server has it: what was registered is known two seconds later.
    dynamicConfig: { 'system.forceSearchAttributesCacheRefreshOnRead': false },
    logFile: join(folder, 'temporal.log'),
  });
  connection = await Connection.connect({ address: server.address });
  client = new Client({ connection });
}, 120_000);

afterAll(async () => {
  await connection?.close();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

test('two fleets that are applied at once to a new namespace have what their files say, and share it', async () => {
  const told: string[] = [];
  await Promise.all(fleets.map((fleet) => applyFleet(client, fleet, { onWait: (text) => void told.push(text) })));
  // Else this server knew the search attributes at once, and nothing was shown.
  expect(told).not.toEqual([]);
  for (const fleet of fleets) {
    expect(await fleetDifference(client, fleet)).toEqual({ searchAttributes: [], schedules: [] });
    const findings = await checkTemporal(fleet, client);
    expect(findings.filter(({ state, check }) => state !== 'ok' && check !== 'workers')).toMatchObject([
      { check: 'temporal', state: 'warning', message: expect.stringContaining('for 1d') as unknown },
    ]);
  }
});
