import { type Sighting } from '../kind';

/** Something that is there and that nobody protects, in words for people. */
export interface Unprotected extends Sighting {
  readonly why: string;
}

/**
 * Sightings that no rule of the fleet file can reach: of no kind at all, or of a kind that no rule of `select` names. What a
 * rule passes over on purpose is none of these.
 *
 * @param selected names of the kinds that rules name
 */
export function unprotected(sightings: readonly Sighting[], selected: ReadonlySet<string>): Unprotected[] {
  const seen = new Map(sightings.map((sighting) => [`${sighting.kind ?? ''} ${sighting.arn}`, sighting]));
  return [...seen.values()].flatMap((sighting) => {
    const { kind } = sighting;
    if (kind === null) return [{ ...sighting, why: 'no kind covers it' }];
    return selected.has(kind) ? [] : [{ ...sighting, why: `no rule of \`select\` names ${kind}` }];
  });
}

/** `<service> graph-1 (999999999999/eu-west-1) is not protected: no rule of select names <kind>`. */
export function unprotectedText({ what, id, account, region, why }: Unprotected): string {
  return `${what} ${id} (${account}/${region}) is not protected: ${why}`;
}
