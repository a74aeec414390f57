type Run = (...args: readonly unknown[]) => Promise<unknown>;

/** The same activities, each with something around it. */
export function aroundEach<A extends object>(
  activities: A,
  around: (name: keyof A, args: readonly unknown[], run: () => Promise<unknown>) => Promise<unknown>,
): A {
  const all = Object.entries(activities).map(([name, run]: [string, Run]) => [
    name,
    async (...args: readonly unknown[]) => around(name as keyof A, args, () => run(...args)),
  ]);
  return Object.fromEntries(all) as A;
}
