import { payloadKeys } from '../../../src/client/payloadKeys';

const key = 'arn:aws:kms:eu-west-1:222222222222:key/0d1f6a3c-6a52-4b8e-9d52-2a3f0c7e1b11';
const old = 'arn:aws-us-gov:kms:us-gov-west-1:222222222222:key/mrk-1234567890abcdef';

describe('the keys for payloads', () => {
  it('are none where nothing names one: payloads are in the clear', () => {
    expect(payloadKeys({})).toEqual({ writing: null, reading: [] });
    expect(payloadKeys({ FARCOPY_PAYLOAD_KEY: ' ' })).toEqual({ writing: null, reading: [] });
  });

  it('are one that encrypts, and those that only decrypt', () => {
    expect(payloadKeys({ FARCOPY_PAYLOAD_KEY: key, FARCOPY_PAYLOAD_OLD_KEYS: `${old}, ${key}` })).toEqual({
      writing: key,
      reading: [key, old],
    });
  });

  it('only decrypt while the codec is being switched on or off', () => {
    expect(payloadKeys({ FARCOPY_PAYLOAD_OLD_KEYS: key })).toEqual({ writing: null, reading: [key] });
  });

  it.each(['alias/farcopy', 'arn:aws:kms:eu-west-1:222222222222:alias/farcopy', '0d1f6a3c', `${key}/x`])(
    'are refused where they are not named by their ARNs: %s',
    (name) => {
      expect(() => payloadKeys({ FARCOPY_PAYLOAD_KEY: name })).toThrow(`FARCOPY_PAYLOAD_KEY cannot be ${name}`);
      expect(() => payloadKeys({ FARCOPY_PAYLOAD_OLD_KEYS: `${key},${name}` })).toThrow(
        `FARCOPY_PAYLOAD_OLD_KEYS cannot be ${name}`,
      );
    },
  );

  it('are refused where two are to encrypt', () => {
    expect(() => payloadKeys({ FARCOPY_PAYLOAD_KEY: `${key},${old}` })).toThrow('names several keys');
  });
});
