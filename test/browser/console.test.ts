import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type Browser, type Page } from 'puppeteer-core';
import { CloudSandbox } from '../support/cloudSandbox';
import { faultsOf, looks, startChromium } from '../support/chromium';
import { cluster } from '../support/database';
import { eventually } from '../support/eventually';
import { fleetDocument } from '../support/fleetDocument';
import { farcopyProgram } from '../support/program';
import { RunningFleet } from '../support/runningFleet';
import { Visitor } from '../support/visitor';

/** The live page in a real browser, open while backups of a real sandbox run: nobody reloads it. */
const account = '999999999999';
const fleetName = 'panda';
const shop = cluster(fleetName, account, 'shop');

let sandbox: CloudSandbox;
let fleet: RunningFleet;
let browser: Browser;
let server: ChildProcess;
let visitor: Visitor;
let url: string;

beforeAll(async () => {
  // The last copy ends when it has been looked at for long enough, however slow this machine is.
  const seconds = { snapshot: 6, copy: 6, crossRegionCopy: 300 };
  sandbox = await CloudSandbox.start({ databases: [shop], seconds });
  fleet = await RunningFleet.start(sandbox, fleetDocument(fleetName, [account]));
  const words = [farcopyProgram(), 'console', '--port', '0', '--every', '10s'];
  const env = { ...fleet.environment, FARCOPY_TEMPORAL_UI: 'https://temporal.example' };
  server = spawn(process.execPath, words, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  url = await addressOf(server);
  visitor = new Visitor(sandbox);
  browser = await startChromium();
}, 300_000);

afterAll(async () => {
  await browser?.close();
  if (server?.exitCode === null) {
    server.kill('SIGTERM');
    await once(server, 'close');
  }
  await sandbox?.end();
});

async function addressOf({ stderr }: ChildProcess): Promise<string> {
  if (stderr === null) throw new Error('nobody reads what it says');
  const said: string[] = [];
  for await (const line of createInterface({ input: stderr })) {
    said.push(line);
    const [, address] = /^fleet panda: (http:\S+)$/.exec(line) ?? [];
    if (address !== undefined) return address;
  }
  throw new Error(`it ended:\n${said.join('\n')}`);
}

const endOf = async ({ scheduledTime }: { readonly scheduledTime: string }) =>
  (await fleet.outcome(shop, scheduledTime, 180)).state;

async function endLastCopy(): Promise<void> {
  const copies = await visitor.footprint(shop);
  for (const { arn, status } of copies) if (status === 'copying') await sandbox.control.finish(arn);
}

/** What stands in the section on what runs, and of shop, each time that the page has been loaded. */
interface Seen {
  readonly running: string;
  readonly row: string;
}

/** Whoever has the page open: it is opened once, and nobody reloads it. */
async function watcher(): Promise<{ readonly page: Page; readonly seen: readonly Seen[] }> {
  const page = await browser.newPage();
  page.setDefaultTimeout(120_000);
  const seen: Seen[] = [];
  page.on('load', () => {
    const look = `({
      running: document.getElementById('running').innerText,
      row: [...document.querySelectorAll('#places tbody tr')].map((row) => row.innerText).join('\\n'),
    })`;
    // One that is loaded anew meanwhile is seen then.
    void page.evaluate(look).then(
      (one) => seen.push(one as Seen),
      () => undefined,
    );
  });
  await page.goto(url);
  return { page, seen };
}

/** Of the recovery point, and of its last copy. */
const percentOf = ({ running }: Seen) => Number(/(\d+) %/.exec(running)?.[1] ?? NaN);
const copiedOf = (seen: Seen | undefined) => Number(/copy:secure-dr: (\d+) %/.exec(seen?.running ?? '')?.[1] ?? NaN);

test('a page that is open follows a backup from its beginning to its end, and then the next with the time it has still to go', async () => {
  const { page, seen } = await watcher();
  // It loads itself no more while somebody examines it.
  const still = new URL('/still', url).href;
  // The page lets nobody wait in it: what each load showed is what there is.
  const shows = (what: string, isIt: (last: Seen) => boolean) =>
    eventually(
      `the page shows ${what}`,
      async () => {
        const last = seen.at(-1);
        return last !== undefined && isIt(last);
      },
      180,
    );
  const isIdle = ({ running }: Seen) => running.includes('Nothing runs.');
  await shows('that nothing runs', isIdle);
  expect(seen.at(-1)?.row).toContain('waits for its first copy');

  const first = await fleet.request(shop);
  await shows('how far the last copy is', (last) => !Number.isNaN(copiedOf(last)));
  const before = copiedOf(seen.at(-1));
  await shows('that it gets on', (last) => copiedOf(last) > before);
  await endLastCopy();
  expect(await endOf(first)).toBe('completed');
  await shows('that it has ended', (last) => isIdle(last) && last.row.includes('✓ met'));

  const percents = seen.map(percentOf).filter((percent) => !Number.isNaN(percent));
  expect(percents).toEqual([...percents].sort((a, b) => a - b));
  // Nobody has seen it end before: what it would take is not known, and nobody is told.
  expect(seen.every(({ running }) => !running.includes('left'))).toBe(true);

  const second = await fleet.request(shop);
  await shows('how long the next one takes', ({ running }) => /about (\d+m)?(\d+s)? left/.test(running));
  for (const look of looks) expect([look, await faultsOf(browser, still, look, 'console-running')]).toEqual([look, []]);
  await endLastCopy();
  expect(await endOf(second)).toBe('completed');
  await shows('that the next one has ended', isIdle);
  await page.close();

  for (const look of looks) expect([look, await faultsOf(browser, still, look, 'console')]).toEqual([look, []]);
}, 600_000);

test('whoever reads on is left where they are, and can hold the page still', async () => {
  const page = await browser.newPage();
  try {
    page.setDefaultTimeout(120_000);
    await page.setViewport({ width: 390, height: 700 });
    await page.goto(url);
    await page.evaluate("document.getElementById('cost').scrollIntoView()");
    const readAt = Number(await page.evaluate('scrollY'));
    expect(readAt).toBeGreaterThan(700);
    await page.waitForNavigation({ timeout: 90_000 });
    expect(Number(await page.evaluate('scrollY'))).toBe(readAt);

    await page.evaluate('scrollTo(0, 0)');
    await Promise.all([page.waitForNavigation(), page.click('a[href="/still"]')]);
    expect(await page.evaluate('document.body.innerText')).toContain('This page stays as it was.');
    // Longer than it takes the other one to load itself anew.
    await expect(page.waitForNavigation({ timeout: 13_000 })).rejects.toThrow('timeout');
  } finally {
    await page.close();
  }
}, 300_000);
