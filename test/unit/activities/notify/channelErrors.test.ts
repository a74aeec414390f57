import { classifyChannelError, HttpRefusal } from '../../../../src/activities/notify/channelErrors';
import { failureTypes } from '../../../../src/core/failure';

const { transient, configuration, invalidInput, refused } = failureTypes;
const mailError = (code: string, responseCode?: number, message = 'it says why') =>
  Object.assign(new Error(message), { code, ...(responseCode === undefined ? {} : { responseCode }) });
const broken = (code: string, message = 'it broke') => Object.assign(new Error(message), { code });

test.each([
  [408, transient],
  [425, transient],
  [429, transient],
  [500, transient],
  [503, transient],
  [302, configuration],
  [400, invalidInput],
  [401, configuration],
  [403, configuration],
  [404, configuration],
  [410, configuration],
  [422, invalidInput],
])('HTTP %i is %s', (status, type) => {
  expect(classifyChannelError(new HttpRefusal(status, null, '')).type).toBe(type);
});

test.each([
  ['a greylisted address', mailError('EENVELOPE', 450), transient],
  ['a server that closes', mailError('ECONNECTION', 421), transient],
  ['a login that cannot be looked up now', mailError('EAUTH', 454), transient],
  ['a command out of turn', mailError('EPROTOCOL', 503), transient],
  ['a wrong password', mailError('EAUTH', 535), configuration],
  ['an address that is not there', mailError('EENVELOPE', 550), configuration],
  ['a server without a login', mailError('EAUTH'), configuration],
  ['no STARTTLS', mailError('ETLS', 502, 'Error upgrading connection with STARTTLS: 502 no'), configuration],
  ['STARTTLS that is away', mailError('ETLS', 454, 'Error upgrading connection with STARTTLS: 454 later'), transient],
  ['a handshake that broke', mailError('ETLS', undefined, 'Connection closed unexpectedly'), transient],
  [
    'an untrusted certificate',
    mailError('ETLS', undefined, 'Error initiating TLS - self-signed certificate'),
    configuration,
  ],
  ['a mail server that is away', broken('ESOCKET', 'connect ECONNREFUSED 127.0.0.1:587'), transient],
  ['a receiver that is away', broken('ECONNREFUSED'), transient],
  ['a name that is not found now', broken('ENOTFOUND'), transient],
  ['a cut connection', broken('ECONNRESET', 'socket hang up'), transient],
  ['another certificate', broken('ERR_TLS_CERT_ALTNAME_INVALID'), configuration],
  ['a fault of ours', new TypeError('x is undefined'), refused],
])('%s is classified', (_, error, type) => {
  expect(classifyChannelError(error).type).toBe(type);
});

test('the time that a receiver asks for counts, and else a few seconds of whoever is told too much', () => {
  expect(classifyChannelError(new HttpRefusal(429, 77, '')).retryAfterSeconds).toEqual([77, 77]);
  expect(classifyChannelError(new HttpRefusal(429, null, '')).retryAfterSeconds).toEqual([5, 20]);
  expect(classifyChannelError(new HttpRefusal(500, null, '')).retryAfterSeconds).toBeNull();
});
