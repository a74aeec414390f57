import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser } from 'puppeteer-core';
import { loadPrices } from '../../src/client/report/priceTable';
import { reportText } from '../../src/client/report/writeReport';
import { fleetReport } from '../../src/core/report/fleetReport';
import { fleetLook, largeLook, troubledLook } from '../fakes/fleetLook';
import { faultsOf, looks, startChromium } from '../support/chromium';

/** The page in a real browser, as a person opens it: from a file. `npm run test:browser`. */
const pages = {
  troubled: troubledLook,
  large: () => largeLook(10_000, 1),
  empty: () => fleetLook([], [], { temporal: null }),
} as const;

let browser: Browser;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'farcopy-browser-'));
  for (const [name, look] of Object.entries(pages))
    await writeFile(
      path.join(folder, `${name}.html`),
      [...reportText(fleetReport(look(), loadPrices()), 'html', { timezone: 'Europe/Vienna' })].join(''),
    );
  browser = await startChromium();
}, 300_000);

afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

const cases = Object.keys(pages).flatMap((page) => looks.map((look) => ({ page, ...look })));

test.each(cases)(
  'the $page page, $scheme, at $width px: axe finds nothing, and nothing runs over its edge',
  async ({ page, ...look }) => {
    expect(await faultsOf(browser, urlOf(page), look, page)).toEqual([]);
  },
);

test.each(Object.keys(pages))(
  'the %s page asks for nothing, runs nothing and breaks no rule of its own',
  async (name) => {
    const page = await browser.newPage();
    try {
      const asked: string[] = [];
      const said: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      page.on('console', (message) => said.push(message.text()));
      page.on('dialog', (dialog) => {
        said.push(dialog.message());
        void dialog.dismiss();
      });
      const url = urlOf(name);
      await page.goto(url);
      expect(asked).toEqual([url]);
      expect(said).toEqual([]);
      // A page whose style sheet was not let in would be set in the browser's own font.
      expect(await page.evaluate('getComputedStyle(document.body).fontFamily')).toContain('system-ui');
    } finally {
      await page.close();
    }
  },
);

test('on paper nothing runs over its edge, in light colours whatever the scheme', async () => {
  const page = await browser.newPage();
  try {
    // A4 with margins of 10 mm, in CSS pixels.
    await page.setViewport({ width: 718, height: 1040 });
    // Puppeteer forgets the one when it is told the other.
    const session = await page.createCDPSession();
    const features = [{ name: 'prefers-color-scheme', value: 'dark' }];
    await session.send('Emulation.setEmulatedMedia', { media: 'print', features });
    await page.goto(urlOf('troubled'));
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(718);
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
  } finally {
    await page.close();
  }
});

test('whoever goes through it by keys comes to every link, and sees where they are', async () => {
  const page = await browser.newPage();
  try {
    await page.setViewport({ width: 390, height: 700 });
    await page.goto(urlOf('troubled'));
    const focused = `(() => {
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
      const { top, bottom } = document.activeElement.getBoundingClientRect();
      const seen = outlineStyle === 'solid' && outlineWidth === '2px' && top < innerHeight && bottom > 0;
      return [document.activeElement.getAttribute('href') ?? document.activeElement.tagName, seen];
    })()`;
    const reached: (readonly [string, boolean])[] = [];
    const links = Number(await page.evaluate("document.querySelectorAll('a').length"));
    // What stands in details that are closed is not to be reached.
    const stops = Number(
      await page.evaluate(
        "[...document.querySelectorAll('a, summary, [tabindex]')].filter((one) => one.checkVisibility()).length",
      ),
    );
    for (let i = 0; i < stops; i += 1) {
      await page.keyboard.press('Tab');
      reached.push((await page.evaluate(focused)) as [string, boolean]);
    }
    expect(reached.filter(([, seen]) => !seen)).toEqual([]);
    expect(reached.filter(([what]) => what.startsWith('#'))).toHaveLength(links);
  } finally {
    await page.close();
  }
});

function urlOf(page: string): string {
  return pathToFileURL(path.join(folder, `${page}.html`)).href;
}
