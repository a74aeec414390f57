import { ageText } from '../../core/report/fleetFindings';
import { type FleetReport, type ReportedResource } from '../../core/report/fleetReport';
import { type PlaceFreshness } from '../../core/report/freshness';
import { escaped } from './html/markup';

interface Case {
  readonly resource: ReportedResource;
  readonly place: PlaceFreshness;
}

/**
 * A case for each resource and place, a suite for each tier: what misses its RPO has failed, what could not be looked at has an error,
 * what is paused is skipped.
 */
export function junitReport({ fleet, generatedAt, tiers, resources }: FleetReport): string {
  const suites = tiers.map(({ tier }) => {
    const cases = resources
      .filter((resource) => resource.tier === tier)
      .flatMap((resource) => resource.places.map((place): Case => ({ resource, place })));
    return { tier, cases, counts: countsOf(cases) };
  });
  const all = countsOf(suites.flatMap(({ cases }) => cases));
  const body = suites.map(
    ({ tier, cases, counts }) =>
      `  <testsuite name="${escaped(tier)}" ${attributes(counts)} timestamp="${escaped(generatedAt)}">\n${cases.map(caseText).join('')}  </testsuite>\n`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${escaped(fleet)}" ${attributes(all)}>\n${body.join('')}</testsuites>\n`;
}

type Verdict = 'passed' | 'failure' | 'error' | 'skipped';

function verdictOf({ resource: { paused }, place: { state } }: Case): Verdict {
  if (paused) return 'skipped';
  if (state === 'unknown') return 'error';
  return state === 'missed' || state === 'never' ? 'failure' : 'passed';
}

function countsOf(cases: readonly Case[]): Record<Verdict, number> {
  const counts: Record<Verdict, number> = { passed: 0, failure: 0, error: 0, skipped: 0 };
  for (const one of cases) counts[verdictOf(one)] += 1;
  return counts;
}

const attributes = ({ passed, failure, error, skipped }: Record<Verdict, number>) =>
  `tests="${passed + failure + error + skipped}" failures="${failure}" errors="${error}" skipped="${skipped}"`;

function caseText(one: Case): string {
  const { resource, place } = one;
  const { kind, account, region, id } = resource;
  const verdict = verdictOf(one);
  const told = `    <testcase classname="${escaped(`${kind}.${account}.${region}`)}" name="${escaped(`${id} in ${place.place}`)}"`;
  if (verdict === 'passed') return `${told}/>\n`;
  return `${told}><${verdict} message="${escaped(messageOf(one))}"/></testcase>\n`;
}

function messageOf({ resource: { paused, rpoSeconds }, place: { state, newest, ageSeconds } }: Case): string {
  const rpo = `the RPO is ${ageText(rpoSeconds ?? 0)}`;
  const copy =
    newest === null
      ? 'no verified copy is there'
      : `its newest verified copy is of ${newest}, ${ageText(ageSeconds ?? 0)} old`;
  if (paused) return `paused: ${copy}`;
  return state === 'unknown' ? `the place could not be read whole: ${copy}; ${rpo}` : `${copy}; ${rpo}`;
}
