import { execFileSync } from 'node:child_process';
import { sandboxEnvironment, sandboxVariables, shellLines } from '../../../sandbox/cli/sandboxEnvironment';
import { stateOption } from '../../../sandbox/cli/sandboxOptions';
import { stateDirectory } from '../../../sandbox/cli/stateDirectory';

const sandbox = {
  version: 1,
  startedAt: '2026-11-21T02:00:00.000Z',
  pid: 1,
  control: { port: 1, token: 't' },
  temporalAddress: '127.0.0.1:7233',
  temporalNamespace: 'default',
  temporalUi: 'http://127.0.0.1:8233',
  awsEndpoint: 'http://127.0.0.1:4566',
  gcsEndpoint: 'http://127.0.0.1:4443',
  temporalCli: '/cache/temporal-cli/temporal',
} as const;
const state = stateDirectory("/state of o'hara");
const seeded = { credentials: { accessKeyId: 'AKIA', secretAccessKey: 'secret' } };
const user = {
  PATH: '/usr/bin:/bin',
  HOME: '/home/user',
  AWS_PROFILE: 'production',
  AWS_SESSION_TOKEN: 'token',
  TEMPORAL_API_KEY: 'key',
  GOOGLE_APPLICATION_CREDENTIALS: '/home/user/key.json',
};

test('nothing of the user’s own settings of clouds or Temporal reaches a process of the sandbox', () => {
  const environment = sandboxEnvironment(sandboxVariables(state, sandbox, seeded, user), user);
  expect(environment).not.toHaveProperty('AWS_PROFILE');
  expect(environment).not.toHaveProperty('AWS_SESSION_TOKEN');
  expect(environment).not.toHaveProperty('TEMPORAL_API_KEY');
  expect(environment).not.toHaveProperty('GOOGLE_APPLICATION_CREDENTIALS');
  expect(environment).toMatchObject({
    HOME: '/home/user',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:4566',
    STORAGE_EMULATOR_HOST: 'http://127.0.0.1:4443',
    GOOGLE_CLOUD_PROJECT: 'farcopy-sandbox',
    TEMPORAL_ADDRESS: '127.0.0.1:7233',
    PATH: '/cache/temporal-cli:/usr/bin:/bin',
  });
});

test('a shell that evaluates the lines has every variable, whatever is in its path', () => {
  const variables = sandboxVariables(state, sandbox, seeded, user);
  const script = `${shellLines(variables, user)}printf '%s|%s|%s' "$FARCOPY_FLEET" "$AWS_ACCESS_KEY_ID" "\${AWS_PROFILE-unset}"`;
  expect(execFileSync('/bin/sh', ['-c', script], { env: user, encoding: 'utf8' })).toBe(
    "/state of o'hara/fleet.yaml|AKIA|unset",
  );
});

test('where a proxy is set, 127.0.0.1 is reached past it', () => {
  const proxied = { ...user, HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'example.com' };
  expect(sandboxVariables(state, sandbox, seeded, proxied)).toMatchObject({
    NO_PROXY: 'example.com,127.0.0.1,localhost',
  });
  expect(sandboxVariables(state, sandbox, seeded, user)).not.toHaveProperty('NO_PROXY');
});

test('what is told to run finds a state directory whose name has spaces', () => {
  expect(stateOption({ stateDir: '/tmp/two words' })).toBe(` --state-dir '/tmp/two words'`);
  expect(stateOption({})).toBe('');
});
