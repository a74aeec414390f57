import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { msToTs, tsToMs } from '@temporalio/common/lib/time';
import { Blackout, Firings, parseFleet } from '../../../src/config';
import { applyFleet, fleetDifference } from '../../../src/client/fleet/applyFleet';
import { fleetBackupScheduleId } from '../../../src/core/naming';
import { knownKinds } from '../../../src/kinds/registry';
import { CloudSandbox } from '../../support/cloudSandbox';
import { fleetDocument, type FleetDocument, tier } from '../../support/fleetDocument';
import { farcopyProgram, run } from '../../support/program';

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
let file: string;

const farcopy = (...words: string[]) =>
  run(process.execPath, [farcopyProgram(), ...words], sandbox.environment(file, 'default'));
const described = (tierName: string) =>
  sandbox.client().schedule.getHandle(fleetBackupScheduleId(fleet.name, tierName)).describe();

beforeAll(async () => {
  sandbox = await CloudSandbox.start({ databases: [] });
  file = join(sandbox.folder, 'hours.yaml');
  await writeFile(file, JSON.stringify(document));
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

test('`farcopy schedules` tells those times in words', async () => {
  const { stdout, code } = await farcopy('schedules', '--next', '1');
  expect(code).toBe(0);
  expect(stdout).toContain('tier berlin-fixed: 02:30 (Europe/Berlin), not 2027-12-24 00:00 – 2027-12-26 12:00\n');
  expect(stdout).toMatch(/\n {2}\w{3} \d{4}-\d\d-\d\d 02:30:00 \+0[12]:00 = \d\d:30:00 UTC\n/);
  const { info } = await described('berlin-fixed');
  const { schedules: told } = JSON.parse((await farcopy('schedules', '--json')).stdout) as {
    schedules: { tier: string; next: string[] }[];
  };
  expect(told.find((one) => one.tier === 'berlin-fixed')?.next).toEqual(
    info.nextActionTimes.slice(0, 3).map((time) => time.toISOString()),
  );
});

describe('a tier that is paused', () => {
  const hourly = 'berlin-hourly';
  const next = async () => (await described(hourly)).info.nextActionTimes[0]?.getTime() ?? NaN;
  const warnings = async () => {
    const { findings } = JSON.parse((await farcopy('check', '--json')).stdout) as {
      findings: { check: string; state: string; subject: string; message: string }[];
    };
    return findings.filter(({ check, state }) => check === 'schedules' && state === 'warning');
  };

  test('until a time fires nothing before, goes on by itself then, and tells why it stands still', async () => {
    const before = (await described(hourly)).raw.schedule?.spec;
    const now = Date.now();
    const paused = await farcopy('pause', '--tier', hourly, '--for', '30h', '--reason', 'migration', '--by', 'alice');
    expect(paused).toMatchObject({ code: 0 });
    const first = await next();
    expect(first).toBeGreaterThanOrEqual(now + 30 * 3_600_000);
    expect(first).toBeLessThan(now + 32 * 3_600_000);
    // Nobody needs to end it: for Temporal the schedule is not paused.
    expect((await described(hourly)).state.paused).toBe(false);

    expect(await warnings()).toMatchObject([
      {
        subject: 'schedule fleet-backup-hours-berlin-hourly',
        message: expect.stringMatching(/^paused by alice .* until .*: migration$/) as string,
      },
    ]);
    const status = JSON.parse((await farcopy('status', '--json')).stdout) as { paused: unknown };
    expect(status.paused).toMatchObject([{ tier: hourly, pause: { by: 'alice', reason: 'migration' } }]);
    expect((await farcopy('schedules')).stdout).toMatch(
      /tier berlin-hourly: .*\n {2}paused by alice since .* until .*: migration\n/,
    );

    expect(await farcopy('resume', '--tier', hourly)).toMatchObject({
      code: 0,
      stdout: 'tier berlin-hourly: goes on\n',
    });
    expect(await next()).toBeLessThan(now + 2 * 3_600_000);
    expect((await described(hourly)).raw.schedule?.spec).toEqual(before);
    expect(await warnings()).toEqual([]);
  });

  test.each([
    ['until a time', ['--for', '30h']],
    ['without an end', []],
  ])('%s stays so when the fleet file is applied, with why', async (_, end) => {
    expect(await farcopy('pause', '--tier', hourly, '--reason', 'migration', ...end)).toMatchObject({ code: 0 });
    const [pause] = await warnings();
    expect(await fleetDifference(sandbox.client(), fleet)).toEqual({ searchAttributes: [], schedules: [] });
    const slower = parseFleet(
      JSON.stringify({ ...document, polling: { shortest: '3s', longest: '3s' } }),
      'hours.yaml',
      { kinds: knownKinds },
    );
    await applyFleet(sandbox.client(), slower);
    await applyFleet(sandbox.client(), fleet);
    expect(await warnings()).toEqual([pause]);
    await farcopy('resume', '--tier', hourly);
    expect(await farcopy('resume', '--tier', hourly)).toMatchObject({ stdout: 'tier berlin-hourly: was not paused\n' });
  });
});
