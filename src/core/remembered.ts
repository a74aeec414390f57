/** Answers that are asked for once for all who want them within a while. What failed is asked again by the next. */
export class Remembered<T> {
  private readonly known = new Map<string, { readonly at: number; readonly answer: Promise<T> }>();

  /** @param now epoch milliseconds */
  constructor(private readonly now: () => number) {}

  /** @param isGood whether an answer that was asked for at this time is good enough still */
  get(key: string, isGood: (at: number) => boolean, ask: () => Promise<T>): Promise<T> {
    const before = this.known.get(key);
    if (before !== undefined && isGood(before.at)) return before.answer;
    const asked = { at: this.now(), answer: ask() };
    this.known.set(key, asked);
    asked.answer.catch(() => {
      if (this.known.get(key) === asked) this.known.delete(key);
    });
    return asked.answer;
  }
}
