import { quoted } from './quoted';

const longestCompared = 64;
const mostListed = 12;

/** ``did you mean `secure`?``, or the known names where none is near and they are few, or nothing. */
export function suggestion(word: string, known: readonly string[]): string | undefined {
  const near = nearest(word, known);
  if (near !== undefined) return `did you mean ${quoted(near)}?`;
  if (known.length === 0 || known.length > mostListed) return undefined;
  return `known: ${known.map(quoted).join(', ')}`;
}

function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > longestCompared) return undefined;
  const wanted = word.toLowerCase();
  let best: string | undefined;
  // A third of the letters may differ: `tires` is meant to be `tiers`, `foo` is nothing.
  let bestDistance = Math.floor(wanted.length / 3) + 1;
  for (const name of known) {
    if (Math.abs(name.length - wanted.length) >= bestDistance) continue;
    const distance = editDistance(wanted, name.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [name, distance];
  }
  return best;
}

/** Insertions, deletions and replacements that turn one word into the other; two neighbours swapped count once. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const shorter = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, replaced);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = swapped ? Math.min(shorter, (beforeLast[j - 2] ?? 0) + 1) : shorter;
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
