const windowMilliseconds = 30_000;

/** How fast bytes have come over the last half minute: what was found whole at the beginning says nothing of it. */
export class Speed {
  private readonly samples: { readonly at: number; readonly bytes: number }[] = [];

  /** Bytes a second; 0 as long as nothing can be said. Called every few seconds. */
  measure(bytes: number, now: number = performance.now()): number {
    this.samples.push({ at: now, bytes });
    while (this.samples.length > 2 && now - (this.samples[0]?.at ?? now) > windowMilliseconds) this.samples.shift();
    const [first] = this.samples;
    if (first === undefined || first.at === now) return 0;
    return Math.max(0, (bytes - first.bytes) / ((now - first.at) / 1000));
  }
}
