import { type Located, type LocatedEntry, type LocatedMap } from './reading/located';
import { type Report } from './reading/report';
import { quoted } from './reading/quoted';

/** More would make reading the file slow: every overlay is checked each time. */
const mostOverlays = 20;

/** A fleet file, and what each of its overlays makes of it. */
export interface Variants {
  readonly base: Located;
  readonly overlays: ReadonlyMap<string, Located>;
}

/** Takes the overlays out of a document and applies each to the rest. */
export function variantsOf(root: Located, report: Report): Variants {
  const overlays = root.type === 'map' ? root.entries.get('overlays')?.value : undefined;
  if (root.type !== 'map' || overlays === undefined) return { base: root, overlays: new Map() };
  const base: LocatedMap = { ...root, entries: new Map([...root.entries].filter(([key]) => key !== 'overlays')) };
  if (overlays.type !== 'map') {
    report.error(['overlays'], 'must be a map from names to what differs');
    return { base, overlays: new Map() };
  }
  if (overlays.entries.size > mostOverlays) {
    report.error(['overlays'], `more than ${mostOverlays} overlays`);
    return { base, overlays: new Map() };
  }
  const variants = new Map<string, Located>();
  for (const [name, { value }] of overlays.entries) {
    if (!/^[\p{L}\p{N}][\p{L}\p{N}_.-]{0,39}$/u.test(name)) {
      report.keyError(['overlays', name], `${quoted(name)}: not a name of 1–40 letters, digits and \`_.-\``);
    } else if (value.type !== 'map') {
      report.error(['overlays', name], 'must be a map of what differs');
    } else {
      variants.set(name, merged(base, value));
    }
  }
  return { base, overlays: variants };
}

/** Maps are merged key by key, everything else is replaced, and an empty value takes a key away (RFC 7396). */
function merged(base: LocatedMap, patch: LocatedMap): LocatedMap {
  const entries = new Map<string, LocatedEntry>(base.entries);
  for (const [key, { keyAt, value }] of patch.entries) {
    const under = entries.get(key);
    if (value.type === 'scalar' && value.value === null) entries.delete(key);
    else if (value.type !== 'map') entries.set(key, { keyAt, value });
    else {
      const empty: LocatedMap = { type: 'map', at: value.at, entries: new Map() };
      const onto = under?.value.type === 'map' ? under.value : empty;
      entries.set(key, { keyAt: under?.value.type === 'map' ? under.keyAt : keyAt, value: merged(onto, value) });
    }
  }
  return { ...base, entries };
}
