import { type CopyRef, type Scope } from '../catalogue/copy';
import { type ScratchOwner } from '../drill/drillScratch';
import { type ResourceKind } from '../resource';

/** Input of the workflow `sweepRestores`. */
export interface SweepInput {
  readonly version: 1;
  readonly fleet: string;
  /** True: only looks. */
  readonly dryRun: boolean;
}

/** Where a sweeper looks. */
export type SweepPlace =
  /** Where drills restore to: databases and parameter groups. */
  | { readonly type: 'scratch-account'; readonly scope: Scope }
  /** Where restores make copies on their way. */
  | { readonly type: 'copies'; readonly scope: Scope }
  /** Where drills make scratch databases. */
  | { readonly type: 'scratch-server'; readonly url: string; readonly secret: string | null }
  /** What restores that Temporal knows have lent and copied on their way, wherever that was. */
  | { readonly type: 'restores' };

/** The places, and how often what is being removed is looked at. */
export interface SweepPlan {
  readonly places: readonly SweepPlace[];
  readonly pollSeconds: number;
}

/** Something that is there for the sake of a run only. */
export type Leftover =
  | {
      readonly type: 'thing';
      readonly kind: ResourceKind;
      /** Its kind's word for what it is, and its name. */
      readonly thing: { readonly type: string; readonly id: string };
      /** For people. */
      readonly title: string;
      /** Whether a restore gives it a tag with its very name. */
      readonly isRestored: boolean;
      readonly scope: Scope;
      readonly owner: ScratchOwner;
    }
  | {
      readonly type: 'scratch-database';
      readonly url: string;
      readonly secret: string | null;
      readonly name: string;
      readonly owner: ScratchOwner;
    }
  | {
      readonly type: 'copy';
      readonly kind: ResourceKind;
      readonly id: string;
      readonly scope: Scope;
      readonly ownership: Readonly<Record<string, string>>;
    }
  | { readonly type: 'share'; readonly copy: CopyRef; readonly scope: Scope; readonly account: string };

/** What was found in a place. */
export interface Found {
  readonly orphans: readonly Leftover[];
  readonly kept: readonly Kept[];
}

/** So much of a place goes into one answer; what is removed makes room for the rest. */
const mostOfPlace = 300;

/** What is told of a place, which may hold thousands of things. */
export function told({ orphans, kept }: Found, place: string): Found {
  const left = kept.slice(0, mostOfPlace);
  const more = (what: string, number: number, why: string) => {
    if (number > 0) left.push({ what: `${number} more ${what} in ${place}`, why });
  };
  more('left alone', kept.length - mostOfPlace, `no more than ${mostOfPlace} of a place are told`);
  more(
    'left behind',
    orphans.length - mostOfPlace,
    `${mostOfPlace} of a place are removed at a time: the next sweep goes on`,
  );
  return { orphans: orphans.slice(0, mostOfPlace), kept: left };
}

/** What is left alone, and why. */
export interface Kept {
  readonly what: string;
  readonly why: string;
}

export interface SweepReport {
  readonly fleet: string;
  readonly dryRun: boolean;
  /** What nobody needs any more. */
  readonly found: readonly string[];
  readonly removed: readonly string[];
  readonly kept: readonly Kept[];
  /** Places that could not be looked at, and what could not be removed. */
  readonly problems: readonly string[];
}

/** Where the run stands that something was made for; `unknown`: Temporal has never heard of it, or not for long. */
export type RunState = 'running' | 'ended' | 'unknown';

/** A Temporal that has lost its memory may be the wrong one: what is young is left alone. */
const unknownForMilliseconds = 3600_000;

/**
 * Why something is still needed, null where nobody needs it any more.
 *
 * @param since when the run began, or the thing was made (ISO 8601); null where nobody knows
 * @param now epoch milliseconds
 */
export function whyKept(state: RunState, since: string | null, now: number): string | null {
  if (state === 'running') return 'its workflow is under way';
  if (state === 'ended') return null;
  const age = since === null ? NaN : now - Date.parse(since);
  if (age >= unknownForMilliseconds) return null;
  return 'Temporal knows nothing of its workflow, and it is not an hour old';
}

/** In words for people. */
export function placeText(place: SweepPlace): string {
  switch (place.type) {
    case 'scratch-account':
    case 'copies':
      return `${place.scope.account}/${place.scope.region}`;
    case 'scratch-server':
      return new URL(place.url).host;
    case 'restores':
      return 'the plans of restores';
  }
}

/** In words for people; what is said so is the same thing. */
export function leftoverText(leftover: Leftover): string {
  if (leftover.type === 'scratch-database') return `database ${leftover.name} of ${new URL(leftover.url).host}`;
  const { account, region } = leftover.scope;
  const place = `${account}/${region}`;
  switch (leftover.type) {
    case 'thing':
      return `${leftover.title} (${place})`;
    case 'copy':
      return `temporary copy ${leftover.id} (${place})`;
    case 'share':
      return `share of copy ${leftover.copy.id} (${place}) with ${leftover.account}`;
  }
}
