import { drillOfTags } from '../../core/drill/drillScratch';
import { type Resource } from '../../core/resource';
import { type Criteria, type Fleet, type SelectRule } from '../fleet';
import { matchesGlob } from './glob';
import { quoted } from '../reading/quoted';

export type Selection =
  /** `note` tells of a tag that names no tier, where a default stood in. */
  | { readonly tier: string; readonly note?: string }
  | { readonly excluded: string }
  /** It is selected, but nobody can tell into which tier: someone must be told. */
  | { readonly problem: string };

/**
 * The tier of a resource by the first rule of `select` that matches it. An exclusion takes it out of its rule only. What a
 * drill has restored carries the tags of the old database and is gone within the hour: nobody wants copies of it.
 */
export function selectTier(fleet: Fleet, resource: Selectable): Selection {
  if (drillOfTags(resource.tags) !== null) return { excluded: 'a drill has made it' };
  const { i, rule, excluded } = ruleFor(fleet, resource);
  return rule === undefined ? { excluded: excluded ?? noRuleMatches } : tierBy(rule, i, fleet, resource);
}

type Selectable = Pick<Resource, 'kind' | 'id' | 'arn' | 'tags'>;

/** Why a resource is in no tier of which nobody has said that it is in none. */
export const noRuleMatches = 'no rule of select matches';

/** By which rule a resource is in its tier, or in none, in words for people: `select[0], by its tag "tier"`. */
export function whySelected(fleet: Fleet, resource: Selectable): string {
  const selection = selectTier(fleet, resource);
  if ('excluded' in selection) return selection.excluded;
  if ('problem' in selection) return selection.problem;
  const { i, rule } = ruleFor(fleet, resource);
  if (rule === undefined || typeof rule.tier === 'string') return `select[${i}]`;
  const { tag } = rule.tier;
  const byTag = tagValue(resource.tags, tag) === selection.tier;
  return byTag ? `select[${i}], by its tag ${quoted(tag)}` : `select[${i}], by its default`;
}

/** The first rule that takes a resource, and what has excluded it before. */
function ruleFor(fleet: Fleet, resource: Selectable) {
  let excluded: string | undefined;
  for (const [i, rule] of fleet.select.entries()) {
    if (rule.kind !== resource.kind || !matchesAll(rule.match, resource)) continue;
    const exclusion = matchedBy(rule.exclude, resource);
    if (exclusion === undefined) return { i, rule, excluded };
    excluded ??= `select[${i}] excludes ${exclusion}`;
  }
  return { i: -1, rule: undefined, excluded };
}

function tierBy({ tier }: SelectRule, i: number, fleet: Fleet, { tags }: Pick<Resource, 'tags'>): Selection {
  if (typeof tier === 'string') return { tier };
  const value = tagValue(tags, tier.tag);
  if (value === undefined) {
    if (tier.default !== null) return { tier: tier.default };
    return { problem: `has no tag ${quoted(tier.tag)} that names its tier, and select[${i}].tier has no default` };
  }
  if (fleet.tiers.some(({ name }) => name === value)) return { tier: value };
  const unknown = `tag ${quoted(tier.tag)} names no tier: ${quoted(value)}`;
  if (tier.default === null) return { problem: `${unknown}; known: ${fleet.tiers.map(({ name }) => name).join(', ')}` };
  return { tier: tier.default, note: `${unknown}; ${quoted(tier.default)} stands in` };
}

function matchesAll({ tags, names, arns }: Criteria, resource: Pick<Resource, 'id' | 'arn' | 'tags'>): boolean {
  return (
    Object.entries(tags).every(([key, values]) => values.some((value) => value === tagValue(resource.tags, key))) &&
    (names.length === 0 || names.some((glob) => matchesGlob(glob, resource.id))) &&
    (arns.length === 0 || arns.some((glob) => matchesGlob(glob, resource.arn)))
  );
}

/** The criterion that matches, in words, or undefined. */
function matchedBy(
  { tags, names, arns }: Criteria,
  resource: Pick<Resource, 'id' | 'arn' | 'tags'>,
): string | undefined {
  for (const [key, values] of Object.entries(tags)) {
    const value = tagValue(resource.tags, key);
    if (value !== undefined && values.includes(value)) return `tag ${quoted(key)} = ${quoted(value)}`;
  }
  const name = names.find((glob) => matchesGlob(glob, resource.id));
  if (name !== undefined) return `name ${quoted(name)}`;
  const arn = arns.find((glob) => matchesGlob(glob, resource.arn));
  return arn === undefined ? undefined : `ARN ${quoted(arn)}`;
}

/** Tags are the users' own words, also `constructor`. */
function tagValue(tags: Resource['tags'], key: string): string | undefined {
  return Object.hasOwn(tags, key) ? tags[key] : undefined;
}
