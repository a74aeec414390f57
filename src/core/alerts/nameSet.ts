/** A set of names that never changes: the same names are the same set, however many share it. */
export interface NameSet {
  readonly names: ReadonlySet<string>;
  /** Of the names, in their order. */
  readonly key: string;
}

/** Makes sets of the names of receivers. Thousands of episodes were heard by the same few. */
export class NameSets {
  readonly none: NameSet = { names: new Set(), key: '' };
  private readonly known = new Map<string, NameSet>([['', this.none]]);

  of(names: Iterable<string>): NameSet {
    const sorted = [...new Set(names)].sort();
    const key = sorted.join('\n');
    const found = this.known.get(key);
    if (found !== undefined) return found;
    const made = { names: new Set(sorted), key };
    this.known.set(key, made);
    return made;
  }

  with(set: NameSet, name: string): NameSet {
    return set.names.has(name) ? set : this.of([...set.names, name]);
  }

  without(set: NameSet, name: string): NameSet {
    return set.names.has(name) ? this.of([...set.names].filter((one) => one !== name)) : set;
  }
}
