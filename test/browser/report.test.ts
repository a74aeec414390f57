import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import axe, { type AxeResults } from 'axe-core';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { loadPrices } from '../../src/client/report/priceTable';
import { reportText } from '../../src/client/report/writeReport';
import { fleetReport } from '../../src/core/report/fleetReport';
import { fleetLook, largeLook, troubledLook } from '../fakes/fleetLook';

/**
 * The page in a real browser, as a person opens it: from a file. `npm run test:browser`; CHROMIUM names the browser.
 * FARCOPY_SCREENSHOTS names a folder for pictures of each page, to be looked at.
 */
const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium';
const schemes = ['light', 'dark'] as const;
const widths = [1440, 390] as const;
const pages = {
  troubled: troubledLook,
  large: () => largeLook(10_000, 1),
  empty: () => fleetLook([], [], { temporal: null }),
} as const;

let browser: Browser;
let folder: string;

beforeAll(async () => {
  if (!existsSync(chromium)) throw new Error(`${chromium} is missing: install Chromium, or name it by CHROMIUM`);
  folder = await mkdtemp(path.join(tmpdir(), 'farcopy-browser-'));
  for (const [name, look] of Object.entries(pages))
    await writeFile(
      path.join(folder, `${name}.html`),
      [...reportText(fleetReport(look(), loadPrices()), 'html', 'Europe/Vienna')].join(''),
    );
  // Tests run as root in containers, where the browser's own sandbox cannot be made.
  browser = await puppeteer.launch({ executablePath: chromium, args: ['--no-sandbox', '--disable-gpu'] });
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

const cases = Object.keys(pages).flatMap((page) =>
  schemes.flatMap((scheme) => widths.map((width) => ({ page, scheme, width }))),
);

test.each(cases)(
  'the $page page, $scheme, at $width px: axe finds nothing, and nothing runs over its edge',
  async ({ page: name, scheme, width }) => {
    const page = await open(name, scheme, width, true);
    try {
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate(async () =>
        (globalThis as unknown as { axe: { run: () => Promise<AxeResults> } }).axe.run(),
      );
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`)).toEqual([]);
      const over = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
      expect(await page.evaluate(over)).toBeLessThanOrEqual(0);
      await picture(page, `${name}-${scheme}-${width}`);
    } finally {
      await page.close();
    }
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
      const url = pathToFileURL(path.join(folder, `${name}.html`)).href;
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

async function open(name: string, scheme: string, width: number, bypass: boolean): Promise<Page> {
  const page = await browser.newPage();
  await page.setBypassCSP(bypass);
  await page.setViewport({ width, height: 900 });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  await page.goto(pathToFileURL(path.join(folder, `${name}.html`)).href);
  return page;
}

async function picture(page: Page, name: string): Promise<void> {
  const screenshots = process.env.FARCOPY_SCREENSHOTS;
  if (screenshots === undefined) return;
  await mkdir(screenshots, { recursive: true });
  // The whole of a long page is more than a picture can be.
  const height = Number(await page.evaluate('Math.min(document.documentElement.scrollHeight, 9000)'));
  const width = page.viewport()?.width ?? 0;
  await page.screenshot({ path: path.join(screenshots, `${name}.png`), clip: { x: 0, y: 0, width, height } });
}
