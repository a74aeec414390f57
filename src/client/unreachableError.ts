/** Temporal or AWS does not answer: nothing is wrong with what was asked, and the same again may work later. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';

  constructor(
    message: string,
    /** What to look at. */
    readonly hint: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
