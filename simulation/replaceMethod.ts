export type Method = (this: never, ...args: unknown[]) => unknown;

/** Changes a method of a class, or a function of a module, until what is returned is called. */
export function replaceMethod(of: object, name: string, planted: Method): () => void {
  const methods = of as Record<string, Method>;
  const original = methods[name];
  if (original === undefined) throw new Error(`there is no ${name} any more: plant the bug anew`);
  methods[name] = planted;
  return () => {
    methods[name] = original;
  };
}

/** Changes what a method or function gives back. */
export function wrapMethod(
  of: object,
  name: string,
  around: (work: () => unknown, args: unknown[]) => unknown,
): () => void {
  const original = (of as Record<string, Method>)[name];
  return replaceMethod(of, name, function (this: never, ...args: unknown[]) {
    return around(() => original?.apply(this, args), args);
  });
}

/** All of them, and all put back. */
export function together(...unplants: readonly (() => void)[]): () => void {
  return () => unplants.forEach((unplant) => unplant());
}
