import { CodecDoor } from '../../../src/payloads';

const token = 'a1b2c3d4e5f60718293a4b5c6d7e8f90';

test.each([
  ['https://temporal.example', true],
  ['http://127.0.0.1:8233', false],
  [null, false],
])('the cookie for the UI at %s goes over TLS alone: %s', (origin, secure) => {
  expect(new CodecDoor(token, origin).cookie.includes('; Secure;')).toBe(secure);
});

test('a cookie ends with the process that gave it', () => {
  const [cookie = ''] = new CodecDoor(token, null).cookie.split(';');
  expect(new CodecDoor(token, null).opensTo({ cookie })).toBe(false);
});
