/** A request that is not answered as it was asked. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  /** @param status of HTTP */
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}
