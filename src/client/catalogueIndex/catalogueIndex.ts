import { setImmediate as nextTurn } from 'node:timers/promises';
import { type FleetClouds } from '../../activities/catalogue/fleetClouds';
import { type CatalogueProblem, listCopies } from '../../activities/catalogue/listCopies';
import { openState, type OpenedState } from '../../activities/ledger/stateBucket';
import { type Fleet } from '../../config';
import { bucketName } from '../../core/catalogue/bucket';
import { type CopyGroup, ShardFault } from '../../core/catalogueIndex/copyGroup';
import {
  indexLayout,
  type IndexManifest,
  type IndexShard,
  mostManifestBytes,
  readManifest,
} from '../../core/catalogueIndex/indexLayout';
import { mergeGroups, type Twins } from '../../core/catalogueIndex/mergeGroups';
import { messageOf } from '../../core/failure';
import { inParallel } from '../../core/inParallel';
import { groupsByPlace, placesOf, placesPrint } from './indexedPlaces';
import { readObject } from './readObject';
import { faultOfShard, groupsOf, otherPlaces } from './shardFile';

export interface OpenIndexOptions {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly signal: AbortSignal;
  /** Told, in words for people, what of the index is not gone by and why. */
  readonly note: (text: string) => void;
  /** Only what lies there; default: all. */
  readonly places?: readonly string[];
}

/** What was made of an index. */
export interface Folded<T> {
  readonly result: T;
  /** When the clouds were asked (ISO 8601, UTC). */
  readonly at: string;
  readonly ageSeconds: number;
  readonly copies: number;
  /** What could not be read then, or now of places whose shards could not be gone by. */
  readonly problems: readonly CatalogueProblem[];
}

/** Takes resources one by one, in the order of their paths, and makes something of them. */
export interface Fold<T> {
  add(group: CopyGroup): void;
  end(): T;
}

/** What the clouds have listed, for all places whose shards cannot be gone by. */
interface Live {
  readonly found: ReadonlyMap<string | null, readonly CopyGroup[]>;
  readonly problems: readonly CatalogueProblem[];
}

interface HeldShard {
  readonly shard: IndexShard;
  readonly content: Buffer;
}

const readsAtOnce = 4;
/** Then others have a turn, and an interruption is heard. */
const turnMilliseconds = 40;

/**
 * The index of the catalogue, as it lies in the state bucket. It is never truth: whoever goes by it says how old it is, and marks and deletes
 * nothing by it. A shard that is not what the manifest says is left out, and its place is read in the clouds.
 */
export class CatalogueIndex {
  private readonly places: ReadonlySet<string>;
  private live: Promise<Live> | null = null;

  private constructor(
    private readonly fleet: Fleet,
    private readonly clouds: FleetClouds,
    readonly manifest: IndexManifest,
    private readonly held: HeldShard[],
    /** Of places whose shards cannot be gone by. */
    private readonly faulty: Set<string | null>,
    private readonly options: OpenIndexOptions,
    private readonly bucket: string,
  ) {
    this.places = new Set(placesOf(fleet));
  }

  /** Null where there is none, of which nothing is noted, and where there is none that can be gone by. */
  static async open(fleet: Fleet, clouds: FleetClouds, options: OpenIndexOptions): Promise<CatalogueIndex | null> {
    const { now, signal, note } = options;
    const instead = 'it is ignored, and the clouds are read; `farcopy catalogue index` makes it anew';
    let state: OpenedState | null;
    let content: Buffer | null;
    try {
      state = openState(fleet, clouds.access);
      if (state === null) return null;
      content = await readObject(state.store, keyIn(state, fleet), mostManifestBytes, signal);
    } catch (error) {
      signal.throwIfAborted();
      note(`the index of the catalogue could not be read: ${messageOf(error)}: ${instead}`);
      return null;
    }
    if (content === null) return null;
    const manifest = readManifest(content.toString(), {
      ...{ fleet: fleet.name, places: placesPrint(fleet), placeNames: placesOf(fleet), now },
    });
    const bucket = bucketName(state.url);
    if (typeof manifest === 'string') {
      note(`${bucket}/${indexLayout.manifest(fleet.name)}: ${manifest}: ${instead}`);
      return null;
    }
    const index = new CatalogueIndex(fleet, clouds, manifest, [], new Set(), options, bucket);
    await index.hold(state);
    return index;
  }

  get at(): string {
    return this.manifest.at;
  }

  get ageSeconds(): number {
    return Math.max(0, Math.round((this.options.now - Date.parse(this.at)) / 1000));
  }

  /**
   * Goes through all resources, each with all its copies. Where a shard turns out to be damaged on the way, its place is read in the clouds, and all
   * begins again.
   *
   * @param begin is told what could not be read
   * @returns null: the index cannot be gone by after all, which was noted, and the clouds are to be read
   */
  async fold<T>(
    begin: (problems: readonly CatalogueProblem[]) => Fold<T> | Promise<Fold<T>>,
  ): Promise<Folded<T> | null> {
    const { signal, note } = this.options;
    for (;;) {
      const twins: Twins = { count: 0 };
      let [turn, copies] = [performance.now(), 0];
      try {
        const { groups: live, problems: now } = await this.readFaulty();
        const problems = [...this.problems, ...now];
        const fold = await begin(problems);
        const shards = this.held.filter(({ shard }) => !this.faulty.has(shard.place));
        const sources = [...shards.map(({ shard, content }) => groupsOf(shard, content, this.places)), ...live];
        for (const group of mergeGroups(sources, twins)) {
          fold.add(group);
          copies += group.copies.length;
          if (performance.now() - turn > turnMilliseconds) {
            await nextTurn();
            signal.throwIfAborted();
            turn = performance.now();
          }
        }
        const result = fold.end();
        if (twins.count > 0)
          note(
            `${twins.count} copies stand in the index twice, and count once; \`farcopy catalogue index\` makes it anew`,
          );
        const { at, ageSeconds } = this;
        return { result, at, ageSeconds, copies, problems };
      } catch (error) {
        signal.throwIfAborted();
        const place = error instanceof ShardFault ? error.place : undefined;
        if (place !== undefined && !this.faulty.has(place)) this.tellFault(place, messageOf(error));
        else {
          note(`the index of the catalogue cannot be gone by: ${messageOf(error)}: the clouds are read`);
          return null;
        }
      }
    }
  }

  /** What could not be read when the index was made; of places that are read now, that alone counts. */
  private get problems(): CatalogueProblem[] {
    const { problems, moreProblems } = this.manifest;
    const all = problems.map(({ resource, ...one }) => ({ ...one, ...(resource === undefined ? {} : { resource }) }));
    if (!moreProblems) return all;
    const message = 'more problems were met than the index can tell';
    return [...all, { kind: null, where: 'the index', account: null, region: null, message, unreachable: false }];
  }

  private async hold(state: OpenedState): Promise<void> {
    const { signal, places } = this.options;
    const { shards, slot } = this.manifest;
    const wanted = shards.filter(({ place }) => places === undefined || (place !== null && places.includes(place)));
    await inParallel(wanted, readsAtOnce, async (shard) => {
      const key = `${state.url.prefix}${indexLayout.shard(this.fleet.name, slot, shard.place)}`;
      try {
        const content = await readObject(state.store, key, shard.bytes, signal);
        const fault = content === null ? 'it is not there' : faultOfShard(shard, content);
        if (content !== null && fault === null) this.held.push({ shard, content });
        else this.tellFault(shard.place, fault ?? '');
      } catch (error) {
        signal.throwIfAborted();
        this.tellFault(shard.place, messageOf(error));
      }
    });
  }

  private tellFault(place: string | null, fault: string): void {
    this.faulty.add(place);
    const key = `${this.bucket}/${indexLayout.shard(this.fleet.name, this.manifest.slot, place)}`;
    this.options.note(
      `${key}: ${fault}: it is ignored, and ${place ?? otherPlaces} read in the clouds; \`farcopy catalogue index\` makes it anew`,
    );
  }

  /** What lies in the places whose shards cannot be gone by. */
  private async readFaulty(): Promise<{
    readonly groups: readonly Iterator<CopyGroup>[];
    readonly problems: readonly CatalogueProblem[];
  }> {
    if (this.faulty.size === 0) return { groups: [], problems: [] };
    // Whoever can write into the bucket can damage one shard after the other: all are listed once.
    this.live ??= listCopies(this.fleet, this.clouds, { signal: this.options.signal }).then(({ copies, problems }) => ({
      found: groupsByPlace(copies, [...this.places]),
      problems,
    }));
    const { found, problems } = await this.live;
    const groups = [...this.faulty].map((place) => (found.get(place) ?? []).values());
    return { groups, problems };
  }
}

const keyIn = ({ url }: OpenedState, fleet: Fleet) => `${url.prefix}${indexLayout.manifest(fleet.name)}`;
