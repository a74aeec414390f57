import { type FindingCheck, type FleetFinding } from '../../core/report/finding';
import { ageText } from '../../core/report/fleetFindings';
import { type FleetReport, type ReportedResource } from '../../core/report/fleetReport';
import { type PlaceFreshness } from '../../core/report/freshness';
import { escaped } from './html/markup';

type Verdict = 'passed' | 'failure' | 'error';

interface Case {
  readonly group: string;
  readonly name: string;
  readonly verdict: Verdict;
  readonly message: string;
}

/**
 * What has no place of a route to be told by, and is no less of a trouble. What could not be read may hide anything, so it is in error; the rest
 * has failed.
 */
export const withoutPlace: readonly FindingCheck[] = [
  ...(['not-readable', 'nothing-protected', 'uncovered', 'no-tier', 'cannot-copy'] as const),
];

/**
 * A case for each resource and place, a suite for each tier: what misses its RPO has failed, what could not be looked at has an error. The
 * suite `looked at` has a case for each {@link withoutPlace}. A pause changes nothing: copies grow old all the same.
 */
export function junitReport({ fleet, generatedAt, tiers, resources, findings }: FleetReport): string {
  const suites = [
    { name: 'looked at', cases: lookedAtCases(fleet, findings) },
    ...tiers.map(({ tier }) => ({
      name: tier,
      cases: resources
        .filter((resource) => resource.tier === tier)
        .flatMap((resource) => resource.places.map((place) => caseOf(resource, place))),
    })),
  ];
  const all = suites.flatMap(({ cases }) => cases);
  const body = suites.map(
    ({ name, cases }) =>
      `  <testsuite name="${escaped(name)}" ${counts(cases)} timestamp="${escaped(generatedAt)}">\n${cases.map(caseText).join('')}  </testsuite>\n`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${escaped(fleet)}" ${counts(all)}>\n${body.join('')}</testsuites>\n`;
}

/** A suite without a case would pass for one that nobody has run. */
function lookedAtCases(fleet: string, findings: readonly FleetFinding[]): Case[] {
  const troubles = findings
    .filter(({ check }) => withoutPlace.includes(check))
    .map(({ check, subject, message }): Case => {
      return { group: check, name: subject.name, verdict: check === 'not-readable' ? 'error' : 'failure', message };
    });
  return troubles.length > 0 ? troubles : [{ group: 'fleet', name: fleet, verdict: 'passed', message: '' }];
}

function caseOf({ kind, account, region, id, paused, rpoSeconds }: ReportedResource, place: PlaceFreshness): Case {
  const { state, newest, ageSeconds } = place;
  const copy =
    newest === null
      ? 'no verified copy is there'
      : `its newest verified copy is of ${newest}, ${ageText(ageSeconds ?? 0)} old`;
  const unread = state === 'unknown' ? 'its account or the place could not be read whole: ' : '';
  return {
    group: `${kind}.${account}.${region}`,
    name: `${id} in ${place.place}`,
    verdict: state === 'unknown' ? 'error' : state === 'missed' || state === 'never' ? 'failure' : 'passed',
    message: `${paused ? 'paused: ' : ''}${unread}${copy}; the RPO is ${ageText(rpoSeconds ?? 0)}`,
  };
}

function counts(cases: readonly Case[]): string {
  const of = (wanted: Verdict) => cases.filter(({ verdict }) => verdict === wanted).length;
  return `tests="${cases.length}" failures="${of('failure')}" errors="${of('error')}" skipped="0"`;
}

function caseText({ group, name, verdict, message }: Case): string {
  const told = `    <testcase classname="${escaped(group)}" name="${escaped(name)}"`;
  return verdict === 'passed' ? `${told}/>\n` : `${told}><${verdict} message="${escaped(message)}"/></testcase>\n`;
}
