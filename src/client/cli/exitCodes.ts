/** What the command line ends with: stable, documented in docs/cli.md, and made for scripts. */
export const exitCodes = {
  ok: 0,
  /** A fault of Farcopy's. */
  unexpected: 1,
  /** The command, an argument or the fleet file cannot be used as it is. */
  usage: 2,
  /** Some of what was asked for was done, some failed. */
  partiallyFailed: 3,
  /** What was asked for failed: no recovery point, or a check that did not hold. */
  failed: 4,
  /** Temporal or AWS does not answer: the same may work later. */
  unreachable: 5,
  /** Ctrl-C, or SIGTERM. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The exit code of many things, of which some went well. */
export function exitCodeOf(good: number, bad: number): ExitCode {
  if (bad === 0) return exitCodes.ok;
  return good > 0 ? exitCodes.partiallyFailed : exitCodes.failed;
}
