import { checkPayloads } from '../../../../src/client/fleet/checkPayloads';
import { openPayloads } from '../../../../src/payloads';

const key = 'arn:aws:kms:eu-west-1:222222222222:key/1';

test('of a key that only decrypts it says that nothing is proven', async () => {
  const [found, ...more] = await checkPayloads(openPayloads({ writing: null, reading: [key] }, 'default'));
  expect(found).toMatchObject({ state: 'warning', subject: `key ${key}` });
  expect(found?.message).toContain('not proven');
  expect(more).toEqual([]);
});

test('it finds nothing where there is no key', async () => {
  expect(await checkPayloads(openPayloads({ writing: null, reading: [] }, 'default'))).toEqual([]);
});
