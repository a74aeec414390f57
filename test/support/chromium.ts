import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import axe, { type AxeResults } from 'axe-core';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';

/**
 * Pages in a real browser, as people open them. CHROMIUM names the browser. FARCOPY_SCREENSHOTS names a folder for pictures of each
 * page, to be looked at.
 */
const chromium = process.env.CHROMIUM ?? '/usr/bin/chromium';
const install =
  '`apt-get install --no-install-recommends chromium` on Debian, or CHROMIUM=/path/to/chrome for another one';

/** How people look at pages: `scheme` is of their system, `width` in CSS pixels. */
export const looks = (['light', 'dark'] as const).flatMap((scheme) =>
  ([1440, 390] as const).map((width) => ({ scheme, width })),
);

export async function startChromium(): Promise<Browser> {
  if (!existsSync(chromium)) throw new Error(`no browser at ${chromium}: ${install}`);
  // Tests run as root in containers, where the browser's own sandbox cannot be made.
  return puppeteer.launch({ executablePath: chromium, args: ['--no-sandbox', '--disable-gpu'] });
}

/** What a page lacks for people who look at it so, and takes a picture of it; `[]`: nothing. */
export async function faultsOf(
  browser: Browser,
  url: string,
  { scheme, width }: (typeof looks)[number],
  name: string,
): Promise<string[]> {
  const page = await browser.newPage();
  try {
    // What looks at the page is a script, which the page lets nobody run.
    await page.setBypassCSP(true);
    await page.setViewport({ width, height: 900 });
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    await page.goto(url);
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(async () =>
      (globalThis as unknown as { axe: { run: () => Promise<AxeResults> } }).axe.run(),
    );
    const over = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    const beyond = Number(await page.evaluate(over));
    await picture(page, `${name}-${scheme}-${width}`);
    return [
      ...violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)}`),
      ...(beyond > 0 ? [`it runs over its edge by ${beyond} px`] : []),
    ];
  } finally {
    await page.close();
  }
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
