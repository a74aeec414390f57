import { request } from 'node:http';
import { type ConsoleServer, startConsole } from '../../../src/client/report/consoleServer';

let server: ConsoleServer | undefined;
let now: number;
let looks: (() => void)[];
let logged: string[];

beforeEach(() => {
  now = 0;
  looks = [];
  logged = [];
});
afterEach(() => server?.close());

const pages = (...texts: readonly (string | Error)[]) => {
  let n = 0;
  return () => {
    const text = texts[n];
    n += 1;
    looks.push(() => undefined);
    return text instanceof Error ? Promise.reject(text) : Promise.resolve(text ?? '');
  };
};

async function start(page: () => Promise<string>): Promise<ConsoleServer> {
  server = await startConsole({ port: 0, everySeconds: 60, page, now: () => now, log: (line) => logged.push(line) });
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
  expect(looks).toHaveLength(0);
});

test('it looks anew once the page is old and somebody asks, and one look serves all', async () => {
  const running = await start(pages('one', 'two'));
  const both = await Promise.all([ask(running), ask(running)]);
  expect(both.map(({ body }) => body)).toEqual(['one', 'one']);
  now = 60_000;
  expect((await ask(running)).body).toBe('one');
  expect(looks).toHaveLength(1);
  now = 60_001;
  // Whoever finds it old sees the old one, and the next one sees the new.
  expect((await ask(running)).body).toBe('one');
  expect((await ask(running)).body).toBe('two');
  expect(looks).toHaveLength(2);
});

test('a look that fails is told where the console runs, and the page of before stands', async () => {
  const running = await start(pages(new Error('no credentials of /home/anna'), 'one', new Error('again'), 'two'));
  expect(await ask(running)).toMatchObject({ status: 500, body: expect.not.stringContaining('anna') as string });
  expect((await ask(running)).body).toBe('one');
  now = 100_000;
  expect((await ask(running)).body).toBe('one');
  expect((await ask(running)).body).toBe('one');
  expect(logged).toEqual([
    'the page could not be made: no credentials of /home/anna',
    'the page could not be made anew: again',
  ]);
  expect((await ask(running)).body).toBe('two');
});
