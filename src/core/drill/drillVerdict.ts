import { type Notification } from '../notification';
import { type DrillCheckResult, type DrillResult } from './drillResult';
import { type RestoreReport } from '../restore/restoreReport';

/** What a drill has found out, as far as it came. */
export interface DrillFindings {
  /** Of a restore into PostgreSQL. */
  readonly report: RestoreReport | null;
  readonly unreadable: readonly { readonly table: string; readonly problem: string }[];
  readonly checks: readonly DrillCheckResult[];
  readonly rtoSeconds: number | null;
  readonly rtoObjectiveSeconds: number | null;
}

/** Of one kind, so that a database that is broken everywhere does not hide what else there is. */
const mostOfAKind = 20;

/** Everything that is not as it should be, in words for people; none where all is well. */
export function drillFailures({
  report,
  unreadable,
  checks,
  rtoSeconds,
  rtoObjectiveSeconds,
}: DrillFindings): string[] {
  const late = rtoSeconds !== null && rtoObjectiveSeconds !== null && rtoSeconds > rtoObjectiveSeconds;
  return [
    ...(report === null || report.equal
      ? []
      : some(report.differences.map(({ table, problem }) => `${table}: ${problem}`))),
    ...(report !== null && !report.equal && report.differences.length === 0 ? ['what was restored differs'] : []),
    ...some(unreadable.map(({ table, problem }) => `${table}: cannot be read to its end: ${problem}`)),
    ...some(checks.filter(({ ok }) => !ok).map(checkInWords)),
    ...(late ? [`the restore took ${Math.round(rtoSeconds)} s, and may take ${rtoObjectiveSeconds} s`] : []),
  ];
}

/** `orders are fresh: found 2026-11-20 01:00:00+00, expected …`. */
function checkInWords({ name, found, expected, message }: DrillCheckResult): string {
  return message === null ? `${name}: found ${found ?? 'nothing'}, expected ${expected}` : `${name}: ${message}`;
}

/** What is sent to those who want to hear of drills. */
export function describeDrill(result: DrillResult): Pick<Notification, 'subject' | 'message' | 'key' | 'state'> {
  const { fleet, tier, drill, resource, recoveryPoint, from, to, verdict, rtoSeconds, tables, rows, checks } = result;
  const passed = checks.filter(({ ok }) => ok).length;
  return {
    // One that did not even find its resource is no trouble of a resource that could end.
    ...(resource === null
      ? {}
      : { key: `drill/${drill}/${resource.kind}/${resource.account}/${resource.region}/${resource.id}` }),
    state: verdict === 'passed' ? 'resolved' : 'open',
    subject: `fleet ${fleet}, drill ${drill} of ${resource?.id ?? `tier ${tier}`}: ${verdict}`,
    message: [
      ...(recoveryPoint === null ? [] : [`recovery point ${recoveryPoint} (data of ${result.dataTime ?? ''})`]),
      ...(from === null ? [] : [`from ${from}${to === null ? '' : ` to ${to}`}`]),
      ...(rtoSeconds === null ? [] : [`it answered after ${Math.round(rtoSeconds)} s`]),
      ...(tables === 0 ? [] : [`${tables} tables with ${rows} rows read`]),
      ...(checks.length === 0 ? [] : [`${passed} of ${checks.length} checks passed`]),
      ...result.failures.map((failure) => `- ${failure}`),
      ...(result.tornDown === true ? [] : [`not torn down: ${result.tornDown}`]),
    ].join('\n'),
  };
}

function some(texts: readonly string[]): string[] {
  if (texts.length <= mostOfAKind) return [...texts];
  return [...texts.slice(0, mostOfAKind), `… and ${texts.length - mostOfAKind} more`];
}
