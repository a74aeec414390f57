/** A tool that a build needs is not on this machine, or too old; the message says which and how to get it. */
export class MissingToolError extends Error {
  override readonly name = 'MissingToolError';
}
