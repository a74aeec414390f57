import { type Discovery } from '../../activities/catalogue/discoverFleet';
import { type Catalogue, type CatalogueProblem } from '../../activities/catalogue/listCopies';
import { type ScopeProblem, whereOf } from '../../activities/catalogue/scopeProblem';
import { untold } from '../../activities/retention/planRetention';
import { type Fleet } from '../../config';
import { resourceOf } from '../../core/catalogue/catalogue';
import { type JudgedCopy } from '../../core/catalogue/judgedCopy';
import { scopeOf } from '../../core/report/fleetFindings';
import { isProven, placedInTime } from '../../core/report/freshness';
import { type LookedResource, type Unreadable } from '../../core/report/look';

/** Resources of which copies alone tell. */
export interface KnownByCopies {
  /** Their account refused to list them, or did not answer: they may be there, and are not to be missing from a report. */
  readonly refused: readonly LookedResource[];
  /** `kind/account/region` that the fleet file reaches no more. */
  readonly outside: ReadonlySet<string>;
}

/**
 * What proven copies in vaults tell of resources that nobody has listed.
 *
 * @param looked `kind/account/region`, wherever all resources were listed
 */
export function knownByCopies(
  { tiers, kinds }: Pick<Fleet, 'tiers' | 'kinds'>,
  { copies }: { readonly copies: readonly JudgedCopy[] },
  discovery: Discovery | null,
  looked: ReadonlySet<string>,
  bundled: ReadonlySet<string>,
): KnownByCopies {
  const refused = new Map<string, LookedResource>();
  const outside = new Set<string>();
  // The newest come first.
  for (const copy of copies) {
    const at = placedInTime(copy);
    if (at === null || refused.has(at.path) || looked.has(scopeOf(at.path))) continue;
    const ref = resourceOf(copy, kinds);
    if (ref === null || !isProven(copy, { kinds, bundled })) continue;
    if (!isRefused(discovery, ref)) {
      outside.add(scopeOf(at.path));
      continue;
    }
    const tier = tiers.some(({ name }) => name === copy.tier) ? copy.tier : null;
    refused.set(at.path, {
      resource: { ...ref, tags: {}, status: 'unknown', engine: '', sizeGiB: copy.copy?.sizeGiB ?? 0, keyArn: null },
      ...{ listed: false, tier, without: null, note: null },
      why: 'its account could not be listed; its newest proven copy says so',
    });
  }
  return { refused: [...refused.values()], outside };
}

function isRefused(
  discovery: Discovery | null,
  { kind, account, region }: { readonly kind: string; readonly account: string; readonly region: string },
): boolean {
  if (discovery === null) return true;
  return discovery.problems.some(
    (one) => one.account === account && one.region === region && (one.kind === null || one.kind === kind),
  );
}

/** What could not be read, and of it where copies may lie: that a quota or a resource is not known hides no copy. */
export function troublesOf(
  catalogue: Pick<Catalogue, 'problems'>,
  discovery: Discovery | null,
  ofPlan: readonly ScopeProblem[],
  others: readonly Unreadable[],
): { readonly unreadable: readonly Unreadable[]; readonly unlisted: readonly Unreadable[] } {
  const unlisted = catalogue.problems.map(ofCatalogue);
  const all = [
    ...unlisted.map((one) => (one.resource === undefined ? one : { ...one, where: `${one.where}: ${one.resource}` })),
    ...untold(catalogue, discovery).map(ofCatalogue),
    ...ofPlan.map((problem) => ({ ...problem, where: whereOf(problem) })),
    ...others,
  ];
  // Looks that go the same way meet the same trouble.
  return { unlisted, unreadable: [...new Map(all.map((problem) => [problem.where, problem] as const)).values()] };
}

const ofCatalogue = ({
  kind,
  where,
  account,
  region,
  message,
  unreachable,
  resource,
}: CatalogueProblem): Unreadable => ({
  ...{ kind, where, account, region, message, unreachable },
  ...(resource === undefined ? {} : { resource }),
});
