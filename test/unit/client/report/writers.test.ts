import { lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { csvReport } from '../../../../src/client/report/csvReport';
import { reportPage } from '../../../../src/client/report/html/page';
import { dark, light, readOn } from '../../../../src/client/report/html/palette';
import { junitReport } from '../../../../src/client/report/junitReport';
import { loadPrices } from '../../../../src/client/report/priceTable';
import { TemporalUi } from '../../../../src/client/temporalUi';
import { fileToReplace, formatOf, reportText } from '../../../../src/client/report/writeReport';
import { resourcePath } from '../../../../src/core/resource';
import { fleetReport } from '../../../../src/core/report/fleetReport';
import {
  fleetLook,
  largeLook,
  lookedCopy,
  lookedDatabase,
  lookedTemporal,
  troubledLook,
} from '../../../fakes/fleetLook';

const prices = loadPrices();
const troubled = fleetReport(troubledLook(), prices);
const page = reportPage(troubled, { timezone: 'Europe/Vienna' });

describe('the page', () => {
  test('lets in its own style sheet by its hash, and nothing else', () => {
    const [, policy = ''] = /Content-Security-Policy" content="([^"]+)"/.exec(page) ?? [];
    const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(page) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(policy).toBe(`default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`);
  });

  test('has no script, no handler, no style of an element, and loads nothing', () => {
    const tags = page.match(/<[a-z][^>]*>/gi) ?? [];
    const names = new Set(tags.map((tag) => /^<([a-z0-9]+)/i.exec(tag)?.[1]));
    for (const name of ['script', 'iframe', 'img', 'link', 'form', 'object', 'base']) expect(names).not.toContain(name);
    expect(tags.filter((tag) => /\s(on\w+|style|src)\s*=/i.test(tag.replace(/"[^"]*"/g, '""')))).toEqual([]);
    const links = tags.flatMap((tag) => /\shref="([^"]*)"/.exec(tag)?.[1] ?? []);
    expect(links.every((link) => link.startsWith('#'))).toBe(true);
    expect(page).not.toMatch(/url\(|@import/);
    // Nor does it move anything before people who want nothing to move.
    expect(page).not.toMatch(/animation|transition|scroll-behavior|<animate/);
  });

  test('shows texts of others, and obeys none', () => {
    expect(page).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&#39; onmouseover=&quot;alert(1)');
    const resources = [lookedDatabase({ id: 'x', why: 'a\u202eb\u0007c' })];
    expect(reportPage(fleetReport(fleetLook(resources, []), prices), { timezone: 'UTC' })).toContain(
      'a\\u{202e}b\\u{7}c',
    );
  });

  test('is told in landmarks, heads of rows and columns, captions, and words for every drawing', () => {
    for (const landmark of ['<header>', '<nav aria-label=', '<main>', '<footer>']) expect(page).toContain(landmark);
    const tables = page.match(/<table[\s\S]*?<\/table>/g) ?? [];
    expect(tables.length).toBeGreaterThan(8);
    for (const table of tables) {
      expect(table).toMatch(/<caption[^>]*>[^<]+<\/caption>/);
      expect(table).not.toMatch(/<th(?! scope="(col|row)")[\s>]/);
    }
    for (const drawing of page.match(/<svg[\s\S]*?<\/svg>/g) ?? [])
      expect(drawing).toMatch(
        /role="img" aria-labelledby="(\S+)-title \S+-desc">\s*<title id="\1-title">[^<]+<\/title>\s*<desc id="\1-desc">/,
      );
    const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of page.matchAll(/href="#([^"]+)"/g)) expect(ids).toContain(target);
  });

  test('says where a console shows it that it follows, how to hold it still, and what it shows of before', () => {
    const at = { timezone: 'UTC' };
    expect(page).not.toMatch(/http-equiv="refresh"|Hold it still|href="\//);
    const live = reportPage(troubled, { ...at, showing: { refreshSeconds: 60, ageSeconds: 2, failedAt: null } });
    expect(live).toContain('loads itself anew every 1m. <a href="/still">Hold it still</a>');
    expect(live).not.toMatch(/ ago<|Nothing newer/);
    const failedAt = Date.parse('2026-11-21T12:05:00Z');
    const old = reportPage(troubled, { ...at, showing: { refreshSeconds: null, ageSeconds: 310, failedAt } });
    expect(old).toContain('<strong>5m ago</strong>');
    expect(old).toContain('<a href="/">Follow the fleet</a>');
    expect(old).toMatch(
      /Nothing newer is known[\s\S]*A look failed at <time[^>]*>2026-11-21 12:05 UTC[\s\S]*id="glance"/,
    );
  });

  test('tells in its title whether something is wrong', () => {
    const titleOf = (look: Parameters<typeof fleetReport>[0]) =>
      /<title>(.*)<\/title>/.exec(reportPage(fleetReport(look, prices), { timezone: 'UTC' }))?.[1];
    const shop = lookedDatabase({ id: 'shop' });
    const fresh = ['secure', 'secure-dr', 'other-cloud'].map((place) => lookedCopy({ of: shop, place, hours: 1 }));
    const stock = { name: 'x', title: 'x', account: '1', region: 'x', used: 1, capacity: 1, wanted: 2, resources: 1 };
    expect(titleOf(troubledLook())).toMatch(/^✗ 3 panda: 2026-11-21/);
    expect(titleOf(fleetLook([shop], fresh))).toMatch(/^✓ panda: /);
    expect(titleOf(fleetLook([], []))).toMatch(/^\? panda: /);
    expect(
      titleOf(fleetLook([shop], fresh, { stocks: [{ ...stock, fullInDays: null, verdict: 'exceeded' }] })),
    ).toMatch(/^✗ panda: /);
  });

  test('leads to the workflows of each resource where somebody has said where the Temporal UI is', () => {
    const ui = new TemporalUi('https://ui.example', 'default');
    const linked = reportPage(troubled, { timezone: 'UTC', temporalUi: ui });
    const links = [...linked.matchAll(/<a href="(https:[^"]+)" rel="noreferrer"/g)].map(([, link = '']) => link);
    for (const { resource, scheduledTime } of troubled.underWay)
      expect(links).toContain(ui.workflow(`recovery-point/${resourcePath(resource)}/${scheduledTime}`));
    for (const resource of troubled.resources) expect(links).toContain(ui.ofResource(resource));
    expect(links).toHaveLength(troubled.resources.length + troubled.underWay.length);
  });

  test('says how long what runs has still to go, where earlier ones tell', () => {
    expect(page).toMatch(/40 %<small>about 25m left<\/small>/);
    expect(page).toMatch(/12 %<\/div><\/td>/);
  });

  test('says on top what it could not see', () => {
    expect(page.indexOf('This report is not whole')).toBeLessThan(page.indexOf('id="glance"'));
    expect(page).toContain('<strong>777777777777/eu-west-1</strong>');
    const blind = fleetReport(fleetLook([], [], { temporal: null }), prices);
    expect(reportPage(blind, { timezone: 'UTC' })).toContain('Temporal did not answer, so nobody knows.');
    expect(page).toContain('<strong>2</strong>under way');
    expect(reportPage(blind, { timezone: 'UTC' })).not.toContain('</strong>under way');
  });

  test('is green only where everything could be seen', () => {
    const shop = lookedDatabase({ id: 'shop' });
    const fresh = ['secure', 'secure-dr', 'other-cloud'].map((place) => lookedCopy({ of: shop, place, hours: 1 }));
    const unreadable = [{ kind: null, where: 'x', account: 'x', region: 'x', message: 'denied', unreachable: false }];
    const pageOf = (...given: Parameters<typeof fleetLook>) =>
      reportPage(fleetReport(fleetLook(...given), prices), { timezone: 'UTC' });
    expect(pageOf([shop], fresh)).toContain('✓ no violation');
    for (const blind of [pageOf([], []), pageOf([shop], fresh, { unreadable })]) {
      expect(blind).not.toContain('✓ no violation');
      expect(blind).not.toContain('<li class="good">');
    }
  });

  test('survives times that are none, and tells commands in what to do alone', () => {
    const shop = lookedDatabase({ id: 'shop' });
    const forged = { ...lookedCopy({ of: shop, place: 'source', hours: 1 }), scheduledTime: 'x' };
    const look = fleetLook([shop], [forged], { cannotCopy: new Map([[resourcePath(shop.resource), 'run `rm -rf`']]) });
    expect(reportPage(fleetReport(look, prices), { timezone: 'UTC' })).not.toContain('<code>rm -rf</code>');
  });

  test('puts violations first, each in its place, with its age', () => {
    expect(page.indexOf('Violations')).toBeLessThan(page.indexOf('Findings</h2>'));
    const [, billing = ''] = /<th scope="row" role="rowheader">billing<div>([\s\S]*?)<\/tr>/.exec(page) ?? [];
    expect(billing).toMatch(/✗ missed[\s\S]*✓ met 10h[\s\S]*✗ missed 3d10h/);
  });

  test('says a violation of several places once, with what to do and what is being done', () => {
    const glance = page.slice(page.indexOf('id="glance"'), page.indexOf('id="findings"'));
    const [, newcomer = ''] =
      /<div>newcomer in other-cloud, secure, secure-dr<\/div>([\s\S]*?)<\/tr>/.exec(glance) ?? [];
    expect(newcomer).toContain('→ <code>farcopy explain newcomer</code> tells why');
    expect(newcomer).toContain('<a href="#running">A recovery point is running</a>, 40 %, about 25m left');
    expect(glance).toMatch(/A recovery point is waiting<\/a>, 12 %, waits for cross-region-copies in 111111111111/);
    expect(glance).toContain('of <time datetime="2026-11-18T02:00:00Z">2026-11-18 03:00 ');
    const findings = page.slice(page.indexOf('id="findings"'), page.indexOf('id="places"'));
    expect(findings).not.toMatch(/newcomer in|✗ critical/);
    expect(findings).toContain('<small>drill-failed</small>');
  });

  test('of many violations it shows some on top, and the others among the findings', () => {
    const large = reportPage(fleetReport(largeLook(2000, 1), prices), { timezone: 'UTC' });
    expect(large).toContain('36 of 60 shown. All of them: <code>farcopy findings --limit 0</code>');
    const findings = large.slice(large.indexOf('id="findings"'), large.indexOf('id="places"'));
    expect(findings.match(/✗ critical/g)).toHaveLength(60 - 36);
  });

  test('says who waits for which limit, the longest queue first', () => {
    const waits = ['exports in 1/x', 'copies in 2/y'];
    const underWay = Array.from({ length: 8 }, (_, i) => ({
      resource: lookedDatabase({ id: `db-${i}` }).resource,
      ...{ scheduledTime: '2026-11-21T11:58:00Z', state: 'waiting', percent: null, expectedEnd: null, steps: [] },
      waitsFor: i === 0 ? waits : waits.slice(1),
    }));
    const busy = reportPage(fleetReport(fleetLook([], [], { temporal: lookedTemporal([], { underWay }) }), prices), {
      timezone: 'UTC',
    });
    const told = busy.slice(busy.indexOf('What they wait for'), busy.indexOf('id="schedules"'));
    expect(told).toMatch(
      /copies in 2\/y<[\s\S]*>8<[\s\S]*db-0, db-1, db-2, db-3, db-4 and 3 more<[\s\S]*exports in 1\/x<[\s\S]*>1</,
    );
    expect(page).toContain('What they wait for');
    expect(reportPage(fleetReport(largeLook(2, 1), prices), { timezone: 'UTC' })).not.toContain('What they wait for');
  });

  test('has times in the zone of the fleet, with UTC', () => {
    expect(page).toContain(
      '<time datetime="2026-11-21T12:00:00.000Z">2026-11-21 13:00 <span class="utc">12:00 UTC</span></time>',
    );
    // Midnight in Vienna is another day in UTC.
    const look = fleetLook(
      [lookedDatabase({ id: 'x' })],
      [lookedCopy({ of: lookedDatabase({ id: 'x' }), place: 'secure', hours: 13 })],
    );
    expect(reportPage(fleetReport(look, prices), { timezone: 'Europe/Vienna' })).toContain(
      '2026-11-21 00:00 <span class="utc">11-20 23:00 UTC',
    );
  });

  test('tells states by words as well as by colours, which everybody can read', () => {
    for (const word of ['✓ met', '✗ missed', '✗ no copy', '‖ paused', '– no tier', '✗ critical'])
      expect(page).toContain(word);
    for (const palette of [light, dark])
      for (const [text, ground] of readOn)
        expect([text, ground, contrast(palette[text], palette[ground]) >= 4.5]).toEqual([text, ground, true]);
  });

  test('of many resources it stays one that can be opened, and says where the rest is', () => {
    const large = reportPage(fleetReport(largeLook(500, 1), prices), { timezone: 'UTC' });
    expect(large.length).toBeLessThan(1024 ** 2);
    expect(large).toContain('300 of 500 shown. All of them: <code>farcopy report --format csv --out panda.csv</code>');
  });
});

/** WCAG 2.2, "contrast ratio". */
function contrast(a: string, b: string): number {
  const luminance = (color: string) =>
    [1, 3, 5]
      .map((at) => parseInt(color.slice(at, at + 2), 16) / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
      .reduce((sum, value, i) => sum + value * ([0.2126, 0.7152, 0.0722][i] ?? 0), 0);
  const [lighter = 0, darker = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (lighter + 0.05) / (darker + 0.05);
}

describe('CSV', () => {
  test('has a row for each resource and place', () => {
    const lines = csvReport(troubled).split('\r\n');
    expect(lines[0]).toContain(
      '"fleet","at","kind","account","region","resource","tier","rpo_seconds","place","state"',
    );
    const row = lines.find((line) => line.includes('"billing"') && line.includes('"secure-dr"')) ?? '';
    expect(row).toContain(
      '"aurora-cluster","888888888888","eu-west-1","billing","standard",93600,"secure-dr","missed",false,"2026-11-18T02:00:00Z","2026-11-18T02:00:00Z",295200,9',
    );
    // Three places of four resources, two of one, one row each of the two in no tier, and three troubles that have no place.
    expect(lines).toHaveLength(1 + 4 * 3 + 2 + 2 + 3 + 1);
    for (const [what, check] of [
      ['777777777777/eu-west-1', 'not-readable'],
      ['neptune graph-1 (999999999999/eu-west-1)', 'uncovered'],
      ['ledger', 'no-tier'],
    ] as const)
      expect(lines.some((line) => line.includes(`"${what}",,,,"${check}",`))).toBe(true);
  });

  test.each(['=cmd()', '+1', '-1', '@x', '\tx', '＝1'])('takes nobody for a formula: %j', (why) => {
    const csv = csvReport(fleetReport(fleetLook([lookedDatabase({ id: 'x', why })], []), prices));
    expect(csv).not.toContain(`"${why}`);
    expect(csv).toMatch(/,"('|\\u\{9\})/);
  });

  test('keeps quotes and line breaks of others inside a cell', () => {
    const csv = csvReport(fleetReport(fleetLook([lookedDatabase({ id: 'x', why: 'a"b\r\nc' })], []), prices));
    expect(csv.split('\r\n')).toHaveLength(5);
    expect(csv).toContain('"a""b\\u{d}\\u{a}c"');
  });
});

describe('JUnit', () => {
  const shop = lookedDatabase({ id: 'shop' });
  const paused = lookedDatabase({ id: 'paused' });
  const hostile = lookedDatabase({ id: 'x"<&' });
  const temporal = lookedTemporal([shop, paused]);
  const unread = { kind: null, where: 'gs://panda-backups', account: null, region: null };
  const unlisted = [{ ...unread, message: 'denied', unreachable: false }];
  const graph = { account: '999999999999', region: 'eu-west-1', id: 'graph-1', what: 'neptune', kind: null };
  const look = fleetLook(
    [shop, paused, hostile, lookedDatabase({ id: 'lost', tier: null, without: 'problem' })],
    [lookedCopy({ of: shop, place: 'secure', hours: 2 }), lookedCopy({ of: shop, place: 'secure-dr', hours: 30 })],
    {
      ...{ unlisted, unreadable: unlisted, unprotected: [{ ...graph, arn: 'arn:x', why: 'no kind covers it' }] },
      cannotCopy: new Map([['aurora-cluster/999999999999/eu-west-1/shop', 'it is no writer']]),
      temporal: {
        ...temporal,
        lifecycles: temporal.lifecycles.map((one) => (one.id === 'paused' ? { ...one, state: 'Paused' } : one)),
      },
    },
  );
  const junit = junitReport(fleetReport(look, prices));

  test('has a case for each resource and place: failed, in error or passed, paused or not', () => {
    expect(junit).toContain('<testsuite name="standard" tests="9" failures="5" errors="3" skipped="0"');
    expect(junit).toContain('name="shop in secure"/>');
    expect(junit).toContain(
      '<failure message="its newest verified copy is of 2026-11-20T06:00:00Z, 1d6h old; the RPO is 1d2h"/>',
    );
    expect(junit).toContain(
      '<error message="its account or the place could not be read whole: no verified copy is there; the RPO is 1d2h"/>',
    );
    expect(junit).toContain('<failure message="paused: no verified copy is there; the RPO is 1d2h"/>');
    expect(junit).toContain('name="x&quot;&lt;&amp; in secure"');
  });

  test('has a suite of what could not be read, and of what nothing protects', () => {
    expect(junit).toContain('<testsuite name="looked at" tests="4" failures="3" errors="1" skipped="0"');
    expect(junit).toContain('name="gs://panda-backups"><error message="it could not be read: denied"/>');
    for (const group of ['uncovered', 'no-tier', 'cannot-copy']) expect(junit).toContain(`classname="${group}"`);
    const well = junitReport(fleetReport(largeLook(2, 1), prices));
    expect(well).toContain('<testsuite name="looked at" tests="1" failures="0" errors="0" skipped="0"');
  });
});

test('JSON has everything, also what the page leaves out', () => {
  const large = fleetReport(largeLook(400, 1), prices);
  const json = JSON.parse([...reportText(large, 'json', { timezone: 'UTC' })].join('')) as typeof large;
  expect(json).toMatchObject({ version: 1, fleet: 'panda', generatedAt: '2026-11-21T12:00:00.000Z' });
  expect(json.resources).toHaveLength(400);
  expect(json).toEqual(JSON.parse(JSON.stringify(large)));
  expect(json.resources[0]?.places).toHaveLength(3);
});

describe('a file', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(path.join(tmpdir(), 'farcopy-report-'))));
  afterEach(() => rm(folder, { recursive: true }));

  const replaced = async (file: string, text: string) => (await fileToReplace(file))([text]);

  test('is replaced whole, keeps its mode, and leaves nothing beside it', async () => {
    const file = path.join(folder, 'report.html');
    await writeFile(file, 'old', { mode: 0o600 });
    await replaced(file, 'new');
    expect(await readFile(file, 'utf8')).toBe('new');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['report.html']);
  });

  test('that cannot be written is told before anybody looks', async () => {
    await writeFile(path.join(folder, 'is-a-file'), 'old');
    await expect(fileToReplace(path.join(folder, 'is-a-file', 'report.html'))).rejects.toThrow('ENOTDIR');
    await expect(fileToReplace(path.join(folder, 'missing', 'report.html'))).rejects.toThrow('ENOENT');
    await expect(fileToReplace(folder)).rejects.toThrow('it is a folder');
    expect(await readdir(folder)).toEqual(['is-a-file']);
  });

  test('behind a link is replaced, and the link stays; what is no file is written to', async () => {
    await writeFile(path.join(folder, 'real.html'), 'old');
    await symlink('real.html', path.join(folder, 'link.html'));
    await replaced(path.join(folder, 'link.html'), 'new');
    expect(await readFile(path.join(folder, 'real.html'), 'utf8')).toBe('new');
    expect((await lstat(path.join(folder, 'link.html'))).isSymbolicLink()).toBe(true);
    await replaced('/dev/null', 'new');
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
  });

  test('tells its format by its ending, and none by one that nobody knows', () => {
    expect(['a.html', 'a.JSON', 'a.csv', 'a.xml', 'a.pdf', 'a'].map(formatOf)).toEqual([
      ...['html', 'json', 'csv', 'junit', null, null],
    ]);
  });
});

test('a price table that is none is told by its faults', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'farcopy-prices-'));
  const file = path.join(folder, 'prices.json');
  await writeFile(file, JSON.stringify({ ...prices, asOf: 'yesterday', exportGb: { '*': [2, 1] } }));
  expect(() => loadPrices(file)).toThrow(/asOf: must be a day like 2026-09-20; exportGb/);
  await rm(folder, { recursive: true });
});
