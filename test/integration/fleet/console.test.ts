import { request } from 'node:http';
import { type ConsoleServer, startConsole } from '../../../src/client/report/consoleServer';
import { type Showing } from '../../../src/client/report/html/page';

let server: ConsoleServer | undefined;
let now: number;
let looks: number;
let logged: string[];
let shown: Showing[];

beforeEach(() => {
  now = 0;
  shown = [];
  looks = 0;
  logged = [];
});
afterEach(() => server?.close());

const pages =
  (...texts: readonly (string | Error)[]) =>
  () => {
    const text = texts[looks];
    looks += 1;
    return text instanceof Error ? Promise.reject(text) : Promise.resolve(pageOf(text ?? ''));
  };

const pageOf = (text: string) => (showing: Showing) => {
  shown.push(showing);
  return text;
};

async function start(page: Parameters<typeof startConsole>[0]['page'], waitSeconds = 20): Promise<ConsoleServer> {
  const log = (line: string) => void logged.push(line);
  server = await startConsole({ port: 0, everySeconds: 60, waitSeconds, page, now: () => now, log });
  return server;
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

function ask(
  { url }: ConsoleServer,
  {
    path = '/',
    method = 'GET',
    host,
  }: { readonly path?: string; readonly method?: string; readonly host?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = host === undefined ? {} : { host };
    const asked = request(new URL(path, url), { method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
    });
    asked.on('error', reject);
    asked.end();
  });
}

test('it serves the page to this machine alone, and lets it run nothing', async () => {
  const running = await start(pages('<p>one'));
  expect(new URL(running.url).hostname).toBe('127.0.0.1');
  const { status, headers, body } = await ask(running);
  expect([status, body]).toEqual([200, '<p>one']);
  expect(headers).toMatchObject({
    'content-security-policy': expect.stringMatching(/^default-src 'none'; .*frame-ancestors 'none'$/) as string,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
});

test('a page of another name that leads here is told nothing, and nothing but a look is taken', async () => {
  const running = await start(pages('secret'));
  const answers = [{ host: 'evil.example.com' }, { method: 'POST' }, { path: '/other' }].map((how) =>
    ask(running, how),
  );
  const told = await Promise.all(answers);
  expect(told.map(({ status }) => status)).toEqual([403, 405, 404]);
  expect(told.every(({ body }) => !body.includes('secret'))).toBe(true);
  expect(looks).toBe(0);
});

test('it looks anew once the page is old and somebody asks; one look serves all, and each reads the page as it is then', async () => {
  const running = await start(pages('one', 'two'));
  const both = await Promise.all([ask(running), ask(running)]);
  expect(both.map(({ body }) => body)).toEqual(['one', 'one']);
  now = 59_999;
  expect((await ask(running)).body).toBe('one');
  expect(looks).toBe(1);
  // A page that asks again after a minute must not be told what it knows.
  now = 60_000;
  const again = await Promise.all([ask(running), ask(running)]);
  expect(again.map(({ body }) => body)).toEqual(['two', 'two']);
  expect(looks).toBe(2);
});

test('whoever would wait for long sees the page of before, and the next one the new', async () => {
  let end: (page: ReturnType<typeof pageOf>) => void = () => undefined;
  const slow = new Promise<ReturnType<typeof pageOf>>((resolve) => (end = resolve));
  const first = pages('one');
  const running = await start(() => (looks === 0 ? first() : slow), 0);
  expect((await ask(running)).body).toBe('one');
  now = 60_000;
  expect((await ask(running)).body).toBe('one');
  end(pageOf('two'));
  await slow;
  expect((await ask(running)).body).toBe('two');
});

test('an open page asks again, one that is held still does not, and what could not be made is asked for again', async () => {
  const running = await start(pages(new Error('no credentials'), 'one'));
  const failed = await ask(running);
  expect([failed.status, failed.headers.refresh]).toEqual([500, '60']);
  const followed = await ask(running);
  expect([followed.body, followed.headers.refresh]).toEqual(['one', '60']);
  const still = await ask(running, { path: '/still' });
  expect([still.body, still.headers.refresh]).toEqual(['one', undefined]);
  expect(shown.map(({ refreshSeconds }) => refreshSeconds)).toEqual([60, null]);
});

test('a page of before is told how old it is, and whether a later look has failed', async () => {
  const running = await start(pages('one', new Error('denied'), 'two'));
  await ask(running);
  now = 90_000;
  expect((await ask(running)).body).toBe('one');
  expect((await ask(running)).body).toBe('two');
  expect(shown.map(({ ageSeconds, failedAt }) => [ageSeconds, failedAt])).toEqual([
    [0, null],
    [90, 90_000],
    [0, null],
  ]);
});

test('a look that fails is told where the console runs, and the page of before stands', async () => {
  const running = await start(pages(new Error('no credentials of /home/anna'), 'one', new Error('again'), 'two'));
  expect(await ask(running)).toMatchObject({ status: 500, body: expect.not.stringContaining('anna') as string });
  expect((await ask(running)).body).toBe('one');
  now = 100_000;
  expect((await ask(running)).body).toBe('one');
  expect(logged).toEqual([
    'the page could not be made: no credentials of /home/anna',
    'the page could not be made: again',
  ]);
  expect((await ask(running)).body).toBe('two');
});
