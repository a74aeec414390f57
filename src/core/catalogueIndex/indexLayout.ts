import { anyText, flag, list, nullable, number, object, oneOf, optional, parsed, text, time } from '../messages/shape';

/** Shards lie in one of two slots: who writes takes the one that nobody reads. */
export const indexSlots = ['a', 'b'] as const;
export type IndexSlot = (typeof indexSlots)[number];

/** How the index is laid out below the prefix of the state bucket (docs/design/0028-index.md). */
export const indexLayout = {
  manifest: (fleet: string) => `index/${fleet}/index.json`,
  /** @param place null: of all that lies in no place of the fleet file */
  shard: (fleet: string, slot: IndexSlot, place: string | null) =>
    `index/${fleet}/${slot}/${place ?? '_other'}.ndjson.gz`,
} as const;

/** Of the forms of the index, the one that this Farcopy reads and writes. */
export const indexVersion = 1;

export interface IndexShard {
  /** Null: of all that lies in no place of the fleet file. */
  readonly place: string | null;
  readonly copies: number;
  readonly bytes: number;
  readonly sha256: string;
  /** Bytes of each part that can be unpacked by itself. */
  readonly blocks: readonly number[];
}

/** Something that could not be read when the index was made. */
export interface IndexProblem {
  readonly kind: string | null;
  readonly where: string;
  readonly account: string | null;
  readonly region: string | null;
  readonly message: string;
  readonly unreachable: boolean;
  readonly resource?: string | undefined;
}

/** Says what the index has. It is written last, and whoever reads it goes by no shard that it does not name. */
export interface IndexManifest {
  readonly version: typeof indexVersion;
  readonly fleet: string;
  /** Of the places in the fleet file that it was made by. */
  readonly places: string;
  /** When the clouds were asked (ISO 8601, UTC): copies of later are not in it. */
  readonly at: string;
  /** The version of Farcopy that made it. */
  readonly build: string;
  /** When retention had marked something last (ISO 8601, UTC); null: nothing was marked. */
  readonly markedAt: string | null;
  readonly slot: IndexSlot;
  readonly copies: number;
  readonly problems: readonly IndexProblem[];
  /** More problems than stand here. */
  readonly moreProblems: boolean;
  readonly shards: readonly IndexShard[];
}

export const mostIndexProblems = 1000;
/** Whoever can write into the bucket can write a manifest of any size. */
export const mostManifestBytes = 4 * 1024 ** 2;

/** Whoever reads the index holds its shards. A million copies take some 20 MB. */
export const mostIndexBytes = 1024 ** 3;
const mostShardBytes = 256 * 1024 ** 2;
const mostBlocks = 10_000;

const count = number(0, Number.MAX_SAFE_INTEGER);

const manifest = object<IndexManifest>({
  version: oneOf(indexVersion),
  fleet: text(200),
  places: text(40),
  at: time,
  build: text(60),
  markedAt: nullable(time),
  slot: oneOf(...indexSlots),
  copies: count,
  problems: list(
    object<IndexProblem>({
      kind: nullable(text(200)),
      where: anyText(2000),
      account: nullable(anyText(200)),
      region: nullable(anyText(200)),
      message: anyText(4000),
      unreachable: flag,
      resource: optional(anyText(2000)),
    }),
    mostIndexProblems,
  ),
  moreProblems: flag,
  shards: list(
    object<IndexShard>({
      place: nullable(text(200, /^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'a place')),
      copies: count,
      bytes: number(0, mostShardBytes),
      sha256: text(64, /^[0-9a-f]{64}$/, 'a checksum'),
      blocks: list(number(0, mostShardBytes), mostBlocks),
    }),
    1000,
  ),
});

/**
 * Reads the manifest of a fleet's index.
 *
 * @param places of the fleet file as it is now, as a print
 * @param placeNames those that may have a shard
 * @param now epoch milliseconds
 * @returns why it cannot be used, in words for people, where it cannot
 */
export function readManifest(
  content: string,
  {
    fleet,
    places,
    placeNames,
    now,
  }: { readonly fleet: string; readonly places: string; readonly placeNames: readonly string[]; readonly now: number },
): IndexManifest | string {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    return 'it is no JSON';
  }
  const version = (value as { readonly version?: unknown } | null)?.version;
  if (version !== indexVersion)
    return `it is of version ${JSON.stringify(version) ?? 'none'}, and this Farcopy reads version ${indexVersion}`;
  let found: IndexManifest;
  try {
    found = parsed(manifest, value, 'it');
  } catch (error) {
    return error instanceof Error ? error.message : 'it has another form';
  }
  if (found.fleet !== fleet) return `it is of fleet ${found.fleet}`;
  if (found.places !== places) return 'the places of the fleet file have changed since it was made';
  if (Date.parse(found.at) > now + clockToleranceMilliseconds)
    return `it says that it was made at ${found.at}, which is still to come`;
  if (new Set(found.shards.map(({ place }) => place)).size !== found.shards.length) return 'it names a place twice';
  const unknown = found.shards.find(({ place }) => place !== null && !placeNames.includes(place));
  if (unknown !== undefined) return `it names the place ${unknown.place ?? ''}, which the fleet file does not`;
  if (found.shards.reduce((sum, { bytes }) => sum + bytes, 0) > mostIndexBytes)
    return `its shards have more than ${mostIndexBytes} bytes`;
  return found;
}

const clockToleranceMilliseconds = 5 * 60_000;
