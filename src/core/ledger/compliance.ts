/** What a resource's history says of its RPO at a moment. */
export interface ProtectionEvent {
  /** ISO 8601. */
  readonly at: string;
  /** What is known from then on; null: it is protected no more. */
  readonly protection: {
    /** The scheduled time of the last complete recovery point; else when protection began. */
    readonly protectedSince: string;
    /** In force from then on, as far as the history tells. */
    readonly rpoSeconds: number;
  } | null;
}

/** A time without a recovery point that is young enough. ISO 8601. */
export interface Gap {
  readonly from: string;
  readonly to: string;
}

/** How long a resource had a complete recovery point no older than the RPO that was in force. */
export interface Compliance {
  /** How much of the window is known: from the first event on, and while it was protected. */
  readonly measuredSeconds: number;
  readonly metSeconds: number;
  /** 0–1; null where nothing is measured. */
  readonly share: number | null;
  readonly gaps: readonly Gap[];
}

/**
 * The share of a window in which a resource's RPO was met, by the RPO of the time: a later one judges nothing that was before. What
 * lies before the first event is not known, and counts as neither. An event before the window says how the window begins.
 *
 * @param events of one resource, in any order
 * @param window epoch milliseconds
 */
export function complianceOf(
  events: readonly ProtectionEvent[],
  window: { readonly from: number; readonly to: number },
): Compliance {
  const ordered = [...events].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const gaps: { from: number; to: number }[] = [];
  let measured = 0;
  let missed = 0;
  let retiredAt = -Infinity;
  for (const [i, { at, protection }] of ordered.entries()) {
    const from = Math.max(window.from, Date.parse(at));
    const to = Math.min(window.to, Date.parse(ordered[i + 1]?.at ?? new Date(window.to).toISOString()));
    if (protection === null) retiredAt = Date.parse(at);
    // What was in flight when protection ended ends later, and begins none.
    if (to <= from || protection === null || Date.parse(protection.protectedSince) <= retiredAt) continue;
    measured += to - from;
    const due = Date.parse(protection.protectedSince) + protection.rpoSeconds * 1000;
    const late = Math.max(from, due);
    if (late >= to) continue;
    missed += to - late;
    const last = gaps.at(-1);
    // One that goes on through an event is one.
    if (last?.to === late) last.to = to;
    else gaps.push({ from: late, to });
  }
  return {
    measuredSeconds: measured / 1000,
    metSeconds: (measured - missed) / 1000,
    share: measured === 0 ? null : (measured - missed) / measured,
    gaps: gaps.map(({ from, to }) => ({ from: new Date(from).toISOString(), to: new Date(to).toISOString() })),
  };
}
