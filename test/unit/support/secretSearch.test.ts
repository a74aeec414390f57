import { randomBytes } from 'node:crypto';
import { SecretSearch } from '../../support/secretSearch';

const secret = { name: 'session token of somebody', value: `F+/"${randomBytes(60).toString('base64')}=` };
const search = new SecretSearch([
  { name: 'another', value: 'another-password' },
  secret,
  { name: 'short', value: 'ab' },
]);
const found = (text: string) => search.in(Buffer.from(text));

test.each([
  ['as it is', (value: string) => value],
  ['as a URL has it', (value: string) => encodeURIComponent(value)],
  ['in JSON in JSON', (value: string) => JSON.stringify(JSON.stringify({ password: value }))],
  ['in base64', (value: string) => Buffer.from(`{"token":"${value}"}`).toString('base64')],
  ['in base64, a byte further', (value: string) => Buffer.from(`{"tokens":"${value}"}`).toString('base64')],
  ['in base64, two bytes further', (value: string) => Buffer.from(`{"a token":"${value}"}`).toString('base64')],
  ['cut by a log', (value: string) => `${value.slice(0, 60)}…`],
])('a secret is found %s', (_, written) => {
  expect(found(`some ${written(secret.value)} words`)).toEqual(['session token of somebody (F+…)']);
});

test('what is no secret is not found, however short the secrets are', () => {
  expect(found('cabbages and another pass-word')).toEqual([]);
  expect(found('')).toEqual([]);
});

test('all that stand in one text are told, and none is printed', () => {
  const told = found(`another-password ${secret.value}`);
  expect(told).toHaveLength(2);
  expect(told.join()).not.toContain('another-pass');
});
