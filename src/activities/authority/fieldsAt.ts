/** A value among the arguments of an activity, and where it stands. */
export interface FoundField {
  /** For people: `step.scope`, of the first argument; `2[0]` of another. */
  readonly at: string;
  readonly value: unknown;
}

/** The values under a path whose `*` stands for every entry. One that is not there is undefined. */
export function fieldsAt(root: unknown, path: string): readonly FoundField[] {
  let found: readonly { readonly at: readonly string[]; readonly value: unknown }[] = [{ at: [], value: root }];
  for (const part of path.split('.'))
    found = found.flatMap(({ at, value }) =>
      part === '*'
        ? Object.entries(isObject(value) ? value : {}).map(([name, one]) => ({ at: [...at, name], value: one }))
        : [{ at: [...at, part], value: isObject(value) && Object.hasOwn(value, part) ? value[part] : undefined }],
    );
  return found.map(({ at, value }) => ({ at: at.join('.').replace(/^0\.(?=.)/, ''), value }));
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
