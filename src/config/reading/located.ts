/** A place in a file, from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export type Scalar = string | number | boolean | null;

/** A document as plain values that remember where they were written. */
export type Located = LocatedScalar | LocatedList | LocatedMap;

export interface LocatedScalar {
  readonly type: 'scalar';
  readonly at: Position;
  readonly value: Scalar;
}

export interface LocatedList {
  readonly type: 'list';
  readonly at: Position;
  readonly items: readonly Located[];
}

export interface LocatedMap {
  readonly type: 'map';
  readonly at: Position;
  readonly entries: ReadonlyMap<string, LocatedEntry>;
}

export interface LocatedEntry {
  readonly keyAt: Position;
  readonly value: Located;
}

export type Path = readonly (string | number)[];

/** The values without their places. */
export function plainOf(node: Located): unknown {
  if (node.type === 'scalar') return node.value;
  if (node.type === 'list') return node.items.map(plainOf);
  return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, plainOf(value)]));
}

/**
 * Where to look for what a path names: a scalar at its value, a map or list at its key. What is missing is looked for at
 * the nearest thing around it.
 */
export function positionOf(root: Located, path: Path): Position {
  let node = root;
  let position = root.at;
  for (const step of path) {
    if (node.type === 'map') {
      const entry = node.entries.get(String(step));
      if (entry === undefined) return position;
      node = entry.value;
      position = node.type === 'scalar' ? node.at : entry.keyAt;
    } else {
      const item: Located | undefined = node.type === 'list' ? node.items[Number(step)] : undefined;
      if (item === undefined) return position;
      node = item;
      position = item.at;
    }
  }
  return position;
}

/** Where the key that ends a path is written; for unknown and misspelt keys. */
export function keyPositionOf(root: Located, path: Path): Position {
  let node: Located | undefined = root;
  for (const step of path.slice(0, -1)) {
    if (node?.type === 'map') node = node.entries.get(String(step))?.value;
    else if (node?.type === 'list') node = node.items[Number(step)];
  }
  const entry = node?.type === 'map' ? node.entries.get(String(path.at(-1))) : undefined;
  return entry?.keyAt ?? positionOf(root, path);
}

/** `tiers.critical.route[1]`, `select[0].tags["cost centre"]`. */
export function pathText(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[\p{L}\p{N}_:./-]{1,60}$/u.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step.length > 60 ? `${step.slice(0, 60)}…` : step)}]`;
  }
  return text;
}
