import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { notificationActivities } from '../../../src/activities/notify/notification';
import { PlainHttp } from '../../../src/clouds/plainHttp';
import { type Channel, parseFleet } from '../../../src/config';
import { heardAllTheSame, type Notification } from '../../../src/core/notification';
import { knownKinds } from '../../../src/kinds/registry';
import { HttpReceiver, MailServer, type Request } from '../../support/receivers';
import { fleetText } from '../../unit/config/fleetText';

const notification: Notification = {
  ...{ fleet: 'panda', event: 'rpo-missed', id: 'shop/2026-11-21', key: 'rpo/shop', state: 'open' },
  ...{ subject: 'no complete recovery point of shop', message: 'last: the key forbids it' },
};
const secrets = {
  HOOK: `whsec_${Buffer.from('the signing secret of a webhook!').toString('base64')}`,
  SLACK_PATH: '/services/T0123456789/B0123456789/aVerySecretToken',
  PAGER: 'f00dfeedf00dfeedf00dfeedf00dfeed',
  MAIL_USER: 'farcopy-sender',
  MAIL_PASSWORD: 'correct horse/battery+staple',
};

let http: HttpReceiver;
let mail: MailServer;
const client = new PlainHttp({});
beforeEach(async () => {
  [http, mail] = await Promise.all([HttpReceiver.start(), MailServer.start()]);
});
afterEach(() => Promise.all([http.stop(), mail.stop()]));
afterAll(() => client.close());

const hook = (path = '/tickets') => `{name: tickets, type: webhook, url: "${http.url}${path}", secret: {env: HOOK}}`;
const slack = '{name: team, type: slack, url: {env: SLACK}}';
const pager = () => `{name: on-call, type: pagerduty, routingKey: {env: PAGER}, url: "${http.url}/v2/enqueue"}`;
const mails = (more = 'tls: none', to = 'dba@example.com', url = mail.url) =>
  `{name: mail, type: smtp, server: "${url}", from: farcopy@example.org, to: [${to}], ${more}}`;
const login = 'credentials: {user: {env: MAIL_USER}, password: {env: MAIL_PASSWORD}}';

function channelsOf(...written: readonly string[]): readonly Channel[] {
  const text = `${fleetText}notifications: {channels: [${written.join(', ')}]}\n`;
  return parseFleet(text, 'fleet.yaml', { kinds: knownKinds }).channels;
}

/** Tries of one activity; what one leaves in its heartbeat is what the next one finds, and all that it says is kept. */
function telling(...written: readonly string[]) {
  const channels = channelsOf(...written);
  const said: unknown[] = [];
  const sns = () => {
    throw new Error('there are no topics');
  };
  const environment = { ...secrets, SLACK: `${http.url}${secrets.SLACK_PATH}` };
  const { notify } = notificationActivities({ snsTopics: [], channels }, { sns, plainHttp: client }, environment);
  const logger = new DefaultLogger('TRACE', (entry) => void said.push(entry.message, entry.meta));
  let attempt = 0;
  let heartbeatDetails: unknown;
  let current: MockActivityEnvironment | undefined;
  return {
    said,
    cancel: () => current?.cancel(),
    /** One try; the failure that it ends with, or undefined. */
    async tell(heard: readonly string[] = [], what = notification): Promise<unknown> {
      attempt += 1;
      current = new MockActivityEnvironment({ attempt, heartbeatDetails }, { logger });
      current.on('heartbeat', (details: unknown) => said.push((heartbeatDetails = details)));
      const failure: unknown = await current.run(notify, what, heard).catch((error: unknown) => error);
      said.push(failure);
      return failure;
    },
  };
}

const paths = () => http.requests.map(({ path }) => path).sort();
const messageIds = () => mail.mails.map(({ text }) => /^Message-ID:\s+<(.*)>\r$/im.exec(text)?.[1]);
const hookIds = () => http.requests.flatMap(({ headers }) => headers['webhook-id'] ?? []);

test('every channel is told once, each by its own protocol and under the same id', async () => {
  const { tell } = telling(mails(), hook(), slack, pager());
  expect(await tell()).toBeUndefined();
  expect(paths()).toEqual([secrets.SLACK_PATH, '/tickets', '/v2/enqueue']);
  const [id] = hookIds();
  const at = (path: string) => http.requests.find((request) => request.path === path);
  const { headers = {}, body = '' } = at('/tickets') ?? {};
  const signed = `${id}.${String(headers['webhook-timestamp'])}.${body}`;
  const key = Buffer.from(secrets.HOOK.slice('whsec_'.length), 'base64');
  expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
  expect(JSON.parse(body)).toMatchObject({ specversion: '1.0', id, type: 'farcopy.rpo-missed' });
  expect(JSON.parse(at(secrets.SLACK_PATH)?.body ?? '')).toEqual({
    text: `*${notification.subject}*\n${notification.message}`,
  });
  expect(JSON.parse(at('/v2/enqueue')?.body ?? '')).toMatchObject({
    routing_key: secrets.PAGER,
    event_action: 'trigger',
    dedup_key: 'farcopy/panda/rpo/shop',
    payload: { custom_details: { id } },
  });
  expect(mail.mails).toMatchObject([{ from: 'farcopy@example.org', to: ['dba@example.com'] }]);
  expect(messageIds()).toEqual([`${id}@example.org`]);
  expect(mail.mails[0]?.text).toContain(`Subject: ${notification.subject}`);
});

test('whoever took it and lost the answer is told again under the same id, and nobody else is', async () => {
  const { tell } = telling(mails(), hook(), slack);
  mail.isCutting = true;
  http.react = ({ path }) => (path === '/tickets' ? 'cut' : { status: 200 });
  expect(await tell()).toMatchObject({ type: 'Transient', nonRetryable: false });
  mail.isCutting = false;
  http.react = () => ({ status: 200 });
  expect(await tell()).toBeUndefined();
  expect(paths()).toEqual([secrets.SLACK_PATH, '/tickets', '/tickets']);
  const [first, again] = hookIds();
  expect(again).toBe(first);
  expect(messageIds()).toEqual([`${first}@example.org`, `${first}@example.org`]);
});

test('who is down is told once it is back, in another activity too, and who has heard it is not told twice', async () => {
  const channels = [mails('tls: none', 'dba@example.com, boss@example.com'), hook(), slack, pager()];
  http.react = ({ path }) => ({ status: path === '/tickets' ? 503 : 200 });
  mail.refusals.set('boss@example.com', 450);
  const failure = await telling(...channels).tell(['on-call']);
  expect(failure).toMatchObject({ type: 'Transient', nonRetryable: false });
  const heard = heardAllTheSame(failure) ?? [];
  expect([...heard].sort()).toEqual(['mail/dba@example.com', 'on-call', 'team']);
  http.react = () => ({ status: 200 });
  mail.refusals.clear();
  expect(await telling(...channels).tell(heard)).toBeUndefined();
  expect(paths()).toEqual([secrets.SLACK_PATH, '/tickets', '/tickets']);
  expect(mail.mails.map(({ to }) => to)).toEqual([['dba@example.com'], ['boss@example.com']]);
});

test('who asks for time is left alone for so long, while others are tried again', async () => {
  const { tell } = telling(hook(), slack);
  http.react = ({ path }) =>
    path === '/tickets' ? { status: 429, headers: { 'retry-after': '120' } } : { status: 502 };
  // The retry policy decides when the other one is tried again.
  expect(await tell()).toMatchObject({ type: 'Transient', nextRetryDelay: undefined });
  http.react = () => ({ status: 200 });
  const { nextRetryDelay } = (await tell()) as { readonly nextRetryDelay: number };
  expect(nextRetryDelay).toBeGreaterThan(100_000);
  expect(nextRetryDelay).toBeLessThanOrEqual(120_000);
  expect(paths()).toEqual([secrets.SLACK_PATH, secrets.SLACK_PATH, '/tickets']);
  const later = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 121_000);
  expect(await tell()).toBeUndefined();
  later.mockRestore();
  expect(paths().filter((path) => path === '/tickets')).toHaveLength(2);
});

test('a channel hears of nothing but its events', async () => {
  const { tell } = telling(hook().replace('}}', '}, events: [rpo-met]}'), slack);
  await tell();
  expect(paths()).toEqual([secrets.SLACK_PATH]);
});

test('a cancelled telling ends at once, although nobody answers', async () => {
  const mute = net.createServer().listen(0, '127.0.0.1');
  const connected = once(mute, 'connection') as Promise<[net.Socket]>;
  await once(mute, 'listening');
  const { port } = mute.address() as AddressInfo;
  const asked = new Promise<void>((resolve) => {
    http.react = () => {
      resolve();
      return 'hang';
    };
  });
  const { tell, cancel } = telling(hook(), mails('tls: none', 'dba@example.com', `smtp://127.0.0.1:${port}`));
  const told = tell();
  const [[socket]] = await Promise.all([connected, asked]);
  const cut = once(socket.resume(), 'close');
  cancel();
  expect(((await told) as Error).name).toBe('AbortError');
  await cut;
  mute.close();
});

test('no redirect is followed: what is signed for one goes to no other', async () => {
  const { tell } = telling(hook());
  http.react = () => ({ status: 307, headers: { location: '/elsewhere' } });
  const failure = await tell();
  expect(failure).toMatchObject({ type: 'Configuration', nonRetryable: true });
  expect(paths()).toEqual(['/tickets']);
});

describe('mail', () => {
  test('is not sent to a server without STARTTLS, unless the file says so', async () => {
    const failure = await telling(mails(login)).tell();
    expect(failure).toMatchObject({ type: 'Configuration', nonRetryable: true });
    expect((failure as Error).message).toContain('`tls: none`');
    expect(mail.mails).toEqual([]);
  });

  test('is not sent to a server whose certificate nobody vouches for', async () => {
    const stranger = await MailServer.start({});
    try {
      const failure = await telling(mails(login, 'dba@example.com', stranger.url)).tell();
      expect(failure).toMatchObject({ type: 'Configuration', nonRetryable: true });
      expect((failure as Error).message).toContain('NODE_EXTRA_CA_CERTS');
      expect(stranger.mails).toEqual([]);
    } finally {
      await stranger.stop();
    }
  });

  test('logs in, and is not sent without where it may not', async () => {
    const given: unknown[] = [];
    let isRight = true;
    const closed = await MailServer.start({
      authOptional: false,
      allowInsecureAuth: true,
      disabledCommands: ['STARTTLS'],
      onAuth: ({ username, password }, _session, callback) => {
        given.push([username, password]);
        if (isRight) callback(null, { user: username });
        else callback(new Error('wrong'));
      },
    });
    try {
      const channel = mails(`tls: none, ${login}`, 'dba@example.com', closed.url);
      expect(await telling(channel).tell()).toBeUndefined();
      isRight = false;
      expect(await telling(channel).tell()).toMatchObject({
        type: 'Configuration',
        nonRetryable: true,
        message: expect.stringContaining('look at its credentials') as string,
      });
      expect(given).toEqual(Array(2).fill([secrets.MAIL_USER, secrets.MAIL_PASSWORD]));
      expect(closed.mails).toHaveLength(1);
    } finally {
      await closed.stop();
    }
  });
});

describe('no secret is in a failure, a heartbeat or a log', () => {
  const forms = (secret: string) => [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString('base64'),
  ];
  const hidden = [
    ...Object.values(secrets).flatMap(forms),
    'aVerySecretToken',
    ...forms(`\u0000${secrets.MAIL_USER}\u0000${secrets.MAIL_PASSWORD}`),
  ];

  /** Every text of it, of errors also what JSON leaves out. */
  function textsOf(value: unknown, depth = 0): string {
    if (typeof value !== 'object' || value === null || depth > 8) return String(value);
    const members = [...Object.getOwnPropertyNames(value)].map((name) => (value as Record<string, unknown>)[name]);
    return members.map((member) => textsOf(member, depth + 1)).join('\n');
  }

  function expectNone(said: readonly unknown[]): void {
    const text = textsOf(said);
    expect(text).toContain(notification.subject);
    expect(hidden.filter((secret) => text.includes(secret))).toEqual([]);
  }

  test.each([
    ['what it was sent', ({ path, headers, body }: Request) => [path, JSON.stringify(headers), body].join(' ')],
    ['its own secrets, in every form', ({ path }: Request) => ownSecrets(path).flatMap(forms).join(' ')],
  ])('although each receiver repeats %s', async (_, repeated) => {
    const { tell, said } = telling(hook(), slack, pager());
    http.react = (request) => ({ status: 400, text: repeated(request) });
    const { message } = (await tell()) as Error;
    expect(message.match(/HTTP 400: .*?…/g)).toHaveLength(3);
    expectNone(said);
  });

  const ownSecrets = (path: string) =>
    path === '/tickets' ? [secrets.HOOK] : path === '/v2/enqueue' ? [secrets.PAGER] : [path, `${http.url}${path}`];

  test('although a mail server repeats the login', async () => {
    const closed = await MailServer.start({
      allowInsecureAuth: true,
      disabledCommands: ['STARTTLS'],
      onAuth: ({ username, password: given }, _session, callback) => {
        const password = given ?? '';
        const plain = Buffer.from(`\u0000${username ?? ''}\u0000${password}`).toString('base64');
        callback(new Error(`no: ${username ?? ''} ${password} ${plain} ${Buffer.from(password).toString('base64')}`));
      },
    });
    try {
      const { tell, said } = telling(mails(`tls: none, ${login}`, 'dba@example.com', closed.url));
      expect(((await tell()) as Error).message).toContain('no: …');
      expectNone(said);
    } finally {
      await closed.stop();
    }
  });

  test('although nobody is there', async () => {
    const { tell, said } = telling(slack);
    await http.stop();
    expect(((await tell()) as Error).message).toContain('channel team: ');
    expectNone(said);
    http = await HttpReceiver.start();
  });

  test('although the variable is gone', async () => {
    const channels = channelsOf(slack);
    const sns = () => {
      throw new Error('there are no topics');
    };
    const { notify } = notificationActivities({ snsTopics: [], channels }, { sns, plainHttp: client }, {});
    const failure: unknown = await new MockActivityEnvironment(
      {},
      { logger: new DefaultLogger('ERROR', () => undefined) },
    )
      .run(notify, notification, [])
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ type: 'Configuration', nonRetryable: true });
    expect((failure as Error).message).toContain('the environment variable SLACK is not set');
  });
});
