/** One or more servers could not be got; the message says what was tried, why it failed and what to do about it. */
export class ProvisionError extends Error {
  override readonly name = 'ProvisionError';
}
