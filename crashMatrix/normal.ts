/** Texts in which nothing is left of one run: what differs between two of them is a difference of what they made. */

export interface Run {
  /** The id of the database, or of what it is restored to, that is this run's own. */
  readonly subject: string;
  /** The recovery point's time, `2026-11-21T02:00:00Z`. */
  readonly scheduledTime: string;
}

export function normalText(text: string, { subject, scheduledTime }: Run): string {
  const compact = scheduledTime.replace(/[-:]/g, '').toLowerCase();
  return text
    .replaceAll(scheduledTime, '<scheduled>')
    .replace(new RegExp(`${compact}(-[0-9a-z]{13})?`, 'gi'), (_, print: string | undefined) =>
      print === undefined ? '<scheduled>' : '<scheduled>-<print>',
    )
    .replaceAll(subject, '<subject>')
    .replace(/\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|\+00:00)?/g, '<time>')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uuid>')
    .replace(/\b[0-9a-f]{64}\b/g, '<sha256>')
    .replace(/\b[0-9a-f]{32}\b/g, '<revision>')
    .replace(/\.cluster-(ro-)?[a-z0-9]{12}\./g, '.cluster-$1<of account>.')
    .replace(/cluster-[A-Z0-9]{20,}/g, '<resource id>');
}

/** What of a JSON object is of its run alone: how long something took, and sums over texts with times in them. */
const ownOfRun = /seconds|millis|duration|^bytes$|crc32c$|^size$|^took/i;

/** @param keepSums Where the content is the same in every run. */
export function normalJson(value: unknown, run: Run, keepSums = false): unknown {
  if (typeof value === 'string') return normalText(value, run);
  if (Array.isArray(value)) return value.map((one) => normalJson(one, run, keepSums));
  if (typeof value !== 'object' || value === null) return value;
  const keeps = keepSums || String((value as { key?: unknown }).key).endsWith('.parquet');
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      normalText(name, run),
      typeof one !== 'object' && ownOfRun.test(name) && !keeps ? `<${name}>` : normalJson(one, run, keeps),
    ]),
  );
}

/** What a run has left otherwise than the reference, in lines; none: nothing. */
export function differences(reference: readonly string[], left: readonly string[]): string[] {
  return [
    ...lacking(reference, left).map((line) => `missing: ${line}`),
    ...lacking(left, reference).map((line) => `too much: ${line}`),
  ];
}

/** What one list has more of than the other; the same line may stand in both several times. */
function lacking(wanted: readonly string[], found: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const line of found) left.set(line, (left.get(line) ?? 0) + 1);
  return wanted.filter((line) => {
    const there = left.get(line) ?? 0;
    left.set(line, there - 1);
    return there <= 0;
  });
}
