/** Whether a dotted version is at least another; what follows the numbers is ignored. */
export function isAtLeast(version: string, minimum: string): boolean {
  const numbers = (text: string) => (/\d+(\.\d+)*/.exec(text)?.[0] ?? '').split('.').map(Number);
  const actual = numbers(version);
  for (const [i, wanted] of numbers(minimum).entries()) {
    const difference = (actual[i] ?? 0) - wanted;
    if (difference !== 0) return difference > 0;
  }
  return true;
}
