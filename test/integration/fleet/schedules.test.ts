import { msToTs, tsToMs } from '@temporalio/common/lib/time';
import { Blackout, Firings, parseFleet } from '../../../src/config';
import { applyFleet, fleetDifference } from '../../../src/client/fleet/applyFleet';
import { fleetBackupScheduleId } from '../../../src/core/naming';
import { knownKinds } from '../../../src/kinds/registry';
import { CloudSandbox } from '../../support/cloudSandbox';
import { fleetDocument, type FleetDocument, tier } from '../../support/fleetDocument';

const dayMs = 86_400_000;
const plain = fleetDocument('hours', ['999999999999']);
const [usual] = Object.values(plain.tiers);

/** A tier for each way in which clocks change, and for each rule that could go wrong there. */
const schedules = {
  'berlin-fixed': { schedule: ['30 2 * * *'], timezone: 'Europe/Berlin' },
  // Read by Temporal itself, it would fire at 02:00 as well.
  'berlin-hour-before': { schedule: ['0 1 * * *'], timezone: 'Europe/Berlin' },
  'berlin-hourly': { schedule: ['7 * * * *', { at: ['02:15', '03:07'], days: ['sun'] }], timezone: 'Europe/Berlin' },
  'berlin-held': {
    schedule: ['*/15 * * * *'],
    timezone: 'Europe/Berlin',
    jitter: '20m',
    blackout: [
      { from: '02:30', to: '03:30', days: ['sat-sun'] },
      { from: '22:00', to: '01:15', days: ['mon-fri'] },
    ],
  },
  'new-york': { schedule: ['30 1 * * *', '0 */2 * * *'], timezone: 'America/New_York' },
  'lord-howe': { schedule: ['45 1 * * *', '0,15 2 * * *', '*/20 * * * 0'], timezone: 'Australia/Lord_Howe' },
  santiago: {
    schedule: [{ at: ['00:00', '23:30'], days: ['sat', 'sun'] }, '30 * * * *'],
    timezone: 'America/Santiago',
  },
} as const;
const document = {
  ...plain,
  // Nobody protects anything: the schedules alone are looked at.
  tiers: {
    [tier]: usual,
    ...Object.fromEntries(Object.entries(schedules).map(([name, times]) => [name, { ...usual, rpo: '2w', ...times }])),
  },
  blackout: [{ from: '2027-12-24', to: '2027-12-26 12:00' }],
} as unknown as FleetDocument;
const fleet = parseFleet(JSON.stringify(document), 'hours.yaml', { kinds: knownKinds });

let sandbox: CloudSandbox;

beforeAll(async () => {
  sandbox = await CloudSandbox.start({ databases: [] });
  await applyFleet(sandbox.client(), fleet);
}, 120_000);

afterAll(() => sandbox?.end());

/** When Temporal itself would begin, jitter included, in milliseconds since the epoch. */
async function listed(tierName: string, from: number, to: number): Promise<number[]> {
  const { connection, options } = sandbox.client();
  const { startTime } = await connection.workflowService.listScheduleMatchingTimes({
    namespace: options.namespace,
    scheduleId: fleetBackupScheduleId(fleet.name, tierName),
    startTime: msToTs(from - 1000),
    endTime: msToTs(to),
  });
  return startTime.map((time) => tsToMs(time));
}

/** Each begins at its time, or as late as its jitter allows; in an hour that clocks repeat, a second later. */
function expectToBegin(begun: readonly number[], expected: readonly number[], jitterSeconds: number): void {
  expect(begun).toHaveLength(expected.length);
  begun.forEach((at, i) => {
    expect(at - (expected[i] ?? 0)).toBeGreaterThanOrEqual(0);
    expect(at - (expected[i] ?? 0)).toBeLessThanOrEqual(1000 + jitterSeconds * 1000);
  });
}

test.each(Object.keys(schedules))('Temporal fires %s as the rules say, whenever clocks change', async (tierName) => {
  const times = fleet.tiers.find(({ name }) => name === tierName);
  if (times === undefined) throw new Error(`no tier ${tierName}`);
  const year = new Date().getUTCFullYear();
  const firings = new Firings(times, Date.UTC(year, 0, 1), Date.UTC(year + 3, 0, 1));
  const nights = firings.offset.changes.map(({ at }) => Math.floor(at / dayMs) * dayMs);
  expect(nights).toHaveLength(6);
  for (const about of [...nights, Date.UTC(2027, 11, 25)]) {
    const [from, to] = [about - 2 * dayMs, about + 3 * dayMs];
    const days = Array.from({ length: 9 }, (_, i) => firings.onDay(from + (i - 2) * dayMs)).flat();
    const expected = days.filter((at) => from <= at && at < to);
    // The last may begin late, and so behind the end.
    const begun = (await listed(tierName, from, to + 3_600_000)).slice(0, expected.length);
    expectToBegin(begun, expected, times.jitterSeconds);
    const held = new Blackout(times.blackout, 0);
    expect(begun.filter((at) => held.holds(firings.offset.localOf(at)))).toEqual([]);
  }
});

test('the next times that Temporal tells are those', async () => {
  for (const times of fleet.tiers) {
    const { info } = await sandbox
      .client()
      .schedule.getHandle(fleetBackupScheduleId(fleet.name, times.name))
      .describe();
    const now = Date.now();
    const firings = new Firings(times, now - 2 * dayMs, now + 60 * dayMs);
    const today = Math.floor(now / dayMs) * dayMs;
    const coming = Array.from({ length: 40 }, (_, i) => firings.onDay(today + (i - 2) * dayMs))
      .flat()
      .filter((at) => at > now);
    const told = info.nextActionTimes.map((time) => time.getTime()).filter((at) => at > now);
    expect(told.length).toBeGreaterThan(0);
    expectToBegin(told, coming.slice(0, told.length), times.jitterSeconds);
  }
});

test('a second apply finds nothing to do', async () => {
  expect(await fleetDifference(sandbox.client(), fleet)).toEqual({ searchAttributes: [], schedules: [] });
});
