import { FleetFileError, parseFleet, unusableVariables, VariableError, variablesOf } from '../../../src/config';
import { checkChannels, checkHeartbeat } from '../../../src/client/fleet/checkChannels';
import { knownKinds } from '../../../src/kinds/registry';
import { fleetText } from './fleetText';
import { thrownBy } from './thrownBy';

const parse = (channels: string) =>
  parseFleet(`${fleetText}notifications: {channels: [${channels}]}\n`, 'fleet.yaml', {
    kinds: knownKinds,
    now: Date.UTC(2026, 10, 21),
  });

const mail = 'name: mail, type: smtp, server: "smtp://mail.example", from: farcopy@example.com, to: [dba@example.com]';
const hook = 'name: tickets, type: webhook, url: "https://tickets.example/farcopy", secret: {env: HOOK}';
const slack = 'name: team, type: slack, url: {env: SLACK}';
const pager = 'name: on-call, type: pagerduty, routingKey: {env: PAGER}, events: [rpo-missed, rpo-met]';
const login = 'credentials: {user: {env: MAIL_USER}, password: {env: MAIL_PASSWORD}}';

test('channels of a fleet file are resolved with ports, TLS and PagerDuty’s own URL', () => {
  const fleet = parse(`{${mail}, ${login}}, {${hook}}, {${slack}}, {${pager}}`);
  expect(fleet.warnings).toEqual([]);
  expect(fleet.channels).toMatchObject([
    {
      ...{ name: 'mail', type: 'smtp', host: 'mail.example', port: 587, tls: 'starttls', events: null },
      credentials: { user: { env: 'MAIL_USER' }, password: { env: 'MAIL_PASSWORD' } },
    },
    { name: 'tickets', url: 'https://tickets.example/farcopy' },
    { name: 'team', url: { env: 'SLACK' } },
    { name: 'on-call', url: 'https://events.pagerduty.com/v2/enqueue', events: ['rpo-missed', 'rpo-met'] },
  ]);
});

test.each([
  ['smtps://mail.example', { port: 465, tls: 'implicit' }],
  ['smtps://mail.example:2465', { port: 2465, tls: 'implicit' }],
  ['smtp://[::1]:25', { host: '::1', port: 25, tls: 'starttls' }],
])('%s is resolved', (server, resolved) => {
  expect(parse(`{${mail.replace('smtp://mail.example', server)}}`).channels).toMatchObject([resolved]);
});

test.each([
  [`{${hook}}, {${hook}}`, 'channels[1].name', 'is already the name of notifications.channels[0]'],
  ['{name: x, type: email}', 'channels[0].type', 'must be `smtp`, `webhook`, `slack` or `pagerduty`'],
  ['{name: x}', 'channels[0].type', 'is missing'],
  ['[]', 'channels[0]', 'must be a map, not a list'],
  [`{${mail}, password: x}`, 'channels[0].password', 'unknown key `password`'],
  [
    `{${mail}, ${login.replace('{env: MAIL_PASSWORD}', 'secret')}}`,
    'credentials.password',
    'must be a map, not a text',
  ],
  [`{${mail.replace('//', '//u:p@')}}`, 'channels[0].server', 'not a mail server'],
  [`{${mail.replace('smtp:', 'http:')}}`, 'channels[0].server', 'not a mail server'],
  [`{${mail.replace('[dba@example.com]', '[]')}}`, 'channels[0].to', 'must not be empty'],
  [
    `{${mail.replace('dba@', '"dba, x@').replace('example.com]', 'example.com"]')}}`,
    'channels[0].to[0]',
    'not an address',
  ],
  [`{${mail.replace('smtp:', 'smtps:')}, tls: none}`, 'channels[0].tls', 'TLS from the first byte on'],
  [`{${hook.replace('//', '//u:p@')}}`, 'channels[0].url', 'without credentials'],
  [`{${hook.replace('https', 'ftp')}}`, 'channels[0].url', 'not a URL'],
  [`{${hook.replace('{env: HOOK}', '"whsec_x"')}}`, 'channels[0].secret', 'must be a map, not a text'],
  [`{${slack.replace('{env: SLACK}', '"https://hooks.slack.com/x"')}}`, 'channels[0].url', 'must be a map, not a text'],
  [`{${pager.replace('rpo-met', 'rpo-meet')}}`, 'channels[0].events[1]', 'unknown value `rpo-meet`'],
])('%s is refused where it stands', (channels, path, message) => {
  const error = thrownBy(() => parse(channels)) as FleetFileError;
  expect(error).toBeInstanceOf(FleetFileError);
  expect(error.issues).toEqual([
    expect.objectContaining({
      path: expect.stringContaining(path) as string,
      message: expect.stringContaining(message) as string,
    }),
  ]);
});

test.each([
  [`{${mail}, tls: none}`, 'tls', 'mail is sent in the clear: whoever is on the way can read it and change it'],
  [`{${mail}, tls: none, ${login}}`, 'tls', 'the password included'],
  [`{${hook.replace('https', 'http')}}`, 'url', 'messages are sent in the clear'],
  [`{${pager}, url: "http://relay.example/v2/enqueue"}`, 'url', 'the routing key included'],
  [`{${hook}, events: [rpo-missed]}`, 'events', 'never that it is met again'],
])('%s is warned of', (channels, key, message) => {
  expect(parse(channels).warnings).toEqual([
    expect.objectContaining({
      path: `notifications.channels[0].${key}`,
      message: expect.stringContaining(message) as string,
    }),
  ]);
});

describe('what channels take from the environment', () => {
  const { channels } = parse(`{${mail}, ${login}}, {${hook}}, {${slack}}, {${pager}}`);
  const whole = {
    MAIL_USER: 'farcopy',
    MAIL_PASSWORD: 'pass word',
    HOOK: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    SLACK: 'https://hooks.slack.com/services/T0/B0/x',
    PAGER: 'f00dfeedf00dfeedf00dfeedf00dfeed',
  };

  it('is enough where all is set', () => {
    expect(unusableVariables(channels.flatMap(variablesOf), whole)).toEqual([]);
    expect(checkChannels(channels, whole).map(({ state }) => state)).toEqual(['ok', 'ok', 'ok', 'ok']);
  });

  it('lacks all at once where nothing is set, each with its channel and what it is to hold', () => {
    const error = new VariableError(unusableVariables(channels.flatMap(variablesOf), { SLACK: '' }));
    for (const name of Object.keys(whole)) expect(error.message).toContain(`variable ${name} is not set`);
    expect(error.message).toContain('channel mail, credentials.password: ');
    expect(error.hint).toContain('set PAGER to the integration key of a service of PagerDuty');
    expect(checkChannels(channels, {})).toMatchObject(
      channels.map(({ name }) => ({
        check: 'channel',
        subject: expect.stringContaining(name) as string,
        state: 'failed',
      })),
    );
  });

  it.each([
    ['HOOK', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    ['HOOK', 'whsec_c2hvcnQ='],
    ['HOOK', `${whole.HOOK} whsec_c2hvcnQ=`],
    ['SLACK', 'hooks.slack.com/services/T0/B0/x'],
    ['SLACK', 'file:///etc/passwd'],
    ['SLACK', 'https://user:pass@hooks.slack.com/x'],
    ['PAGER', 'two words'],
    ['MAIL_PASSWORD', 'pass\r\nRCPT TO:<x@y>'],
  ])('cannot be right in %s: %j, which is not told', (variable, value) => {
    const [unusable, ...others] = unusableVariables(channels.flatMap(variablesOf), { ...whole, [variable]: value });
    expect(others).toEqual([]);
    expect(unusable).toMatchObject({ env: variable, problem: expect.stringContaining('cannot be right') as string });
    expect(unusable?.problem).not.toContain(value);
  });

  it('may be two secrets while one takes the place of the other', () => {
    const other = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
    expect(unusableVariables(channels.flatMap(variablesOf), { ...whole, HOOK: `${whole.HOOK} ${other}` })).toEqual([]);
  });

  it('is warned of by check where a URL of Slack’s is not encrypted', () => {
    const http = { ...whole, SLACK: 'http://mattermost.internal/hooks/x' };
    expect(checkChannels(channels, http)[2]).toMatchObject({
      state: 'warning',
      message: expect.stringContaining('in the clear') as string,
    });
  });
});

describe('quiet hours and the heartbeat', () => {
  const of = (notifications: string) =>
    parseFleet(`${fleetText}notifications: {${notifications}}\n`, 'fleet.yaml', { kinds: knownKinds });

  it('are none by default', () => {
    expect(of('snsTopics: []')).toMatchObject({ quietHours: null, heartbeat: null });
  });

  it('are read as they are written', () => {
    const { quietHours, heartbeat } = of(
      "quietHours: {from: '22:00', to: '07:30', timezone: Europe/Vienna}, heartbeat: {url: {env: BEAT}}",
    );
    expect(quietHours).toEqual({ fromMinute: 1320, toMinute: 1890, timezone: 'Europe/Vienna' });
    expect(heartbeat).toEqual({ url: { env: 'BEAT' }, everyMinutes: 5 });
  });

  it.each([
    ["quietHours: {from: '22:00', to: '22:00'}", 'quietHours.to', 'is when they begin'],
    ["quietHours: {from: '25:00', to: '07:00'}", 'quietHours.from', 'not a time like'],
    ["quietHours: {from: '22:00', to: '07:00', timezone: Mars}", 'quietHours.timezone', 'not a time zone'],
    ['heartbeat: {url: "https://hc.example.com/x"}', 'heartbeat.url', 'must be a map, not a text'],
    ['heartbeat: {url: {env: BEAT}, everyMinutes: 7}', 'heartbeat.everyMinutes', ''],
  ])('%s is refused where it stands', (notifications, path, words) => {
    const error = thrownBy(() => of(notifications)) as FleetFileError;
    expect(error.issues).toEqual([
      expect.objectContaining({
        path: expect.stringContaining(path) as string,
        message: expect.stringContaining(words) as string,
      }),
    ]);
  });

  it('check says which variable the heartbeat lacks, and no value of it', () => {
    const heartbeat = { url: { env: 'BEAT' }, everyMinutes: 5 };
    expect(checkHeartbeat(null, {})).toEqual([]);
    expect(checkHeartbeat(heartbeat, {})).toMatchObject([
      { state: 'failed', message: expect.stringContaining('BEAT is not set') as string },
    ]);
    const [wrong] = checkHeartbeat(heartbeat, { BEAT: 'aSecretThatIsNoUrl' });
    expect(wrong?.state).toBe('failed');
    expect(JSON.stringify(wrong)).not.toContain('aSecret');
    expect(checkHeartbeat(heartbeat, { BEAT: 'https://hc.example.com/x' })).toMatchObject([{ state: 'ok' }]);
  });
});
