import { payloadErrorName } from '../core/payloadMarks';

/**
 * Why a payload cannot be read or written:
 * `sealed`: it is encrypted, and this process has no key; `foreign`: it is under a key that this process does not use;
 * `damaged`: it is not what was written; `refused`: KMS does not let this process use the key; `unreachable`: KMS does not answer.
 */
export type PayloadTrouble = 'sealed' | 'foreign' | 'damaged' | 'refused' | 'unreachable';

/** A payload that cannot be decrypted or encrypted. Its words name the key, and nothing of what the payload says. */
export class PayloadError extends Error {
  override readonly name = payloadErrorName;

  /** @param todo what to do about it */
  constructor(
    readonly trouble: PayloadTrouble,
    message: string,
    todo: string,
    options?: ErrorOptions,
  ) {
    super(`${message}; ${todo}`, options);
  }
}
