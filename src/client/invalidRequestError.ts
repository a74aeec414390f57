/** What was asked for cannot be done as it was asked: an unknown resource, an ambiguous name, a capacity that is no number. */
export class InvalidRequestError extends Error {
  override readonly name = 'InvalidRequestError';

  constructor(
    message: string,
    /** What to do about it. */
    readonly hint?: string,
  ) {
    super(message);
  }
}
