import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { temporalConfig } from '../../../src/client/temporalConfig';

const folder = mkdtempSync(path.join(tmpdir(), 'farcopy-temporal-toml-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => delete process.env.TEMPORAL_CONFIG_FILE);

test.each([
  ['on the faulty line', '[profile.default]\napi_key = eyJsecretOfTheCloud\n'],
  ['beside the faulty line', '[profile.default]\napi_key = "eyJsecretOfTheCloud"\naddress = nowhere:7233\n'],
])('an API key %s of temporal.toml is not printed', (_, toml) => {
  const file = path.join(folder, 'temporal.toml');
  writeFileSync(file, toml);
  process.env.TEMPORAL_CONFIG_FILE = file;
  let message = '';
  try {
    temporalConfig();
  } catch (error) {
    message = error instanceof Error ? error.message : '';
  }
  expect(message).toMatch(/^the settings for Temporal cannot be used: temporal\.toml, line \d, column \d+: /);
  expect(message).not.toContain('secretOfTheCloud');
});
