import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { farcopyProgram, run } from '../../support/program';
import { localCertificate } from '../../support/localCertificate';
import { HttpReceiver, MailServer } from '../../support/receivers';
import { fleetText } from '../../unit/config/fleetText';

const token = 'T0123456789/B0123456789/aVerySecretToken';
let folder: string;
let http: HttpReceiver;
let mail: MailServer;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'farcopy-alert-'));
  writeFileSync(path.join(folder, 'authority.pem'), localCertificate.cert);
  [http, mail] = await Promise.all([HttpReceiver.start(), MailServer.start({ ...localCertificate })]);
  const channels = [
    `{name: mail, type: smtp, server: "${mail.url}", from: farcopy@example.org, to: [dba@example.com]}`,
    '{name: team, type: slack, url: {env: SLACK}, events: [rpo-missed]}',
    `{name: on-call, type: pagerduty, routingKey: {env: PAGER}, url: "${http.url}/v2/enqueue"}`,
  ];
  writeFileSync(path.join(folder, 'fleet.yaml'), `${fleetText}notifications: {channels: [${channels.join(', ')}]}\n`);
  writeFileSync(path.join(folder, 'silent.yaml'), fleetText);
});
afterAll(async () => {
  await Promise.all([http.stop(), mail.stop()]);
  rmSync(folder, { recursive: true });
});

function farcopy(words: readonly string[], more: NodeJS.ProcessEnv = {}, file = 'fleet.yaml') {
  return run(process.execPath, [farcopyProgram(), ...words, '--fleet', path.join(folder, file)], {
    PATH: process.env.PATH,
    NODE_EXTRA_CA_CERTS: path.join(folder, 'authority.pem'),
    SLACK: `${http.url}/services/${token}`,
    PAGER: 'f00dfeedf00dfeedf00dfeedf00dfeed',
    ...more,
  });
}

test('farcopy alert test tells every channel, by STARTTLS too where the certificate is vouched for, and says which fail', async () => {
  http.react = ({ path: at }) => ({ status: at === '/v2/enqueue' ? 202 : 404, text: `no_service ${at}` });
  const { code, stdout, stderr } = await farcopy(['alert', 'test', '--json']);
  expect(code).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({
    ok: false,
    fleet: 'panda',
    receivers: [
      { name: 'mail/dba@example.com', channel: 'mail', type: 'smtp', state: 'told', problem: null },
      { channel: 'team', type: 'slack', state: 'failed', problem: expect.stringContaining('no_service') as string },
      { channel: 'on-call', type: 'pagerduty', state: 'told' },
    ],
  });
  for (const piece of token.split('/')) expect(stdout + stderr).not.toContain(piece);
  expect(mail.mails).toMatchObject([
    { to: ['dba@example.com'], text: expect.stringContaining('a test message') as string },
  ]);
});

test('one channel alone is told by its name, and who does not answer may be told later', async () => {
  http.react = () => ({ status: 503 });
  const { code, stdout } = await farcopy(['alert', 'test', '--channel', 'on-call']);
  expect(code).toBe(5);
  expect(stdout).toMatch(/unreachable +pagerduty +on-call +channel on-call \(127\.0\.0\.1:\d+\): HTTP 503/);
  expect(stdout).not.toContain('team');
});

test.each([
  [['--channel', 'on-cal'], {}, 'fleet.yaml', 2, 'there is no channel on-cal'],
  [[], {}, 'silent.yaml', 2, 'the fleet file names nobody to tell'],
  [['--channel', 'team'], { SLACK: '' }, 'fleet.yaml', 4, 'the environment variable SLACK is not set'],
])('farcopy alert test %j with %j and %s ends with %#', async (words, more, file, exitCode, said) => {
  const { code, stdout, stderr } = await farcopy(['alert', 'test', ...words], more, file);
  expect(code).toBe(exitCode);
  expect(stdout + stderr).toContain(said);
});

test('a worker says at its start what channels lack, and goes on', async () => {
  const { code, stderr } = await farcopy(['worker'], { SLACK: 'not a URL', PAGER: '' });
  // There is no Temporal here; it came as far as that.
  expect(code).toBe(5);
  expect(stderr).toContain('channel team, url: what the environment variable SLACK holds cannot be right');
  expect(stderr).toContain('channel on-call, routingKey: the environment variable PAGER is not set');
  expect(stderr).toContain('set PAGER to the integration key of a service of PagerDuty');
});

test('farcopy check says which channel lacks its variable, and sends nothing', async () => {
  const before = [http.requests.length, mail.mails.length];
  const away = { TEMPORAL_ADDRESS: '127.0.0.1:1', AWS_ENDPOINT_URL: 'http://127.0.0.1:1' };
  const keys = { AWS_ACCESS_KEY_ID: 'nobody', AWS_SECRET_ACCESS_KEY: 'nothing' };
  const { code, stdout } = await farcopy(['check', '--json'], { ...away, ...keys, SLACK: '' });
  expect(code).toBe(4);
  const { findings } = JSON.parse(stdout) as { readonly findings: readonly { readonly check: string }[] };
  expect(findings.filter(({ check }) => check === 'channel')).toMatchObject([
    { subject: 'channel mail (smtp)', state: 'ok' },
    {
      subject: 'channel team (slack)',
      state: 'failed',
      message: 'the environment variable SLACK is not set',
      mend: 'set SLACK to the URL of an incoming webhook; workers need it too',
    },
    { subject: 'channel on-call (pagerduty)', state: 'ok' },
  ]);
  expect([http.requests.length, mail.mails.length]).toEqual(before);
});
