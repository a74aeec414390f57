/** What the payload codec and the failures it encrypts say of themselves, inside and outside of workflows. */

/** The name, and so the failure's `type`, of whatever goes wrong with the encryption of payloads. */
export const payloadErrorName = 'PayloadError';

/** In the metadata of a payload that belongs to a failure. */
export const wordsOfFailure = 'farcopy-failure';

/** In the metadata of a payload that is not encrypted. */
export const readableByAll = 'farcopy-readable';
