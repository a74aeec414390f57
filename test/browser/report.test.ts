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
}, 120_000);

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

function urlOf(page: string): string {
  return pathToFileURL(path.join(folder, `${page}.html`)).href;
}
