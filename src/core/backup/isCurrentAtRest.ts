/**
 * Whether the last copy was within the RPO when the resource came to rest: since then nothing changes.
 *
 * @param last its scheduled time
 * @param since when it came to rest; where nobody tells, it may have been just now
 */
export function isCurrentAtRest(last: string, since: string, rpoSeconds: number): boolean {
  return Date.parse(last) + rpoSeconds * 1000 >= Date.parse(since);
}
