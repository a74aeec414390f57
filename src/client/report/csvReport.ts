import { type FleetFinding } from '../../core/report/finding';
import { type FleetReport, type ReportedResource } from '../../core/report/fleetReport';
import { printable } from '../../core/plainText';
import { withoutPlace } from './junitReport';

const columns = [
  ...['fleet', 'at', 'kind', 'account', 'region', 'resource', 'tier', 'rpo_seconds', 'place', 'state', 'paused'],
  ...['newest_copy_of', 'data_time', 'age_seconds', 'verified_copies', 'met_in_30_days', 'gaps_in_30_days'],
  ...['last_drill', 'last_drill_began', 'last_drill_verdict', 'measured_rto_seconds', 'why_in_tier'],
] as const;

/**
 * A row for each resource and place; a resource in no tier has one row without a place. What has none, as an account that could not be read,
 * has a row whose state is the finding's check. RFC 4180.
 */
export function csvReport(report: FleetReport): string {
  const rows = report.resources.flatMap((resource) =>
    resource.places.length === 0
      ? [rowOf(report, resource, null)]
      : resource.places.map((place) => rowOf(report, resource, place)),
  );
  const troubles = report.findings
    .filter(({ check }) => withoutPlace.includes(check))
    .map((finding) => troubleRow(report, finding));
  return [columns, ...rows, ...troubles].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

function rowOf(
  { fleet, generatedAt }: FleetReport,
  resource: ReportedResource,
  place: ReportedResource['places'][number] | null,
): readonly (string | number | boolean | null)[] {
  const { kind, account, region, id, tier, rpoSeconds, paused, compliance, lastDrill, why, state } = resource;
  return [
    ...[fleet, generatedAt, kind, account, region, id, tier, rpoSeconds],
    ...[place?.place ?? null, place?.state ?? state, paused],
    ...[place?.newest ?? null, place?.dataTime ?? null, place?.ageSeconds ?? null, place?.copies ?? null],
    ...[compliance?.share ?? null, compliance?.gaps ?? null],
    ...[lastDrill?.drill ?? null, lastDrill?.startedAt ?? null, lastDrill?.verdict ?? null],
    ...[lastDrill?.rtoSeconds ?? null, why],
  ];
}

function troubleRow(
  { fleet, generatedAt }: FleetReport,
  { check, subject, message }: FleetFinding,
): readonly (string | null)[] {
  const [kind = null, account = null, region = null, id = subject.name] = subject.resource?.split('/') ?? [];
  const told: readonly (string | null)[] = [fleet, generatedAt, kind, account, region, id, null, null, null, check];
  return columns.map((name, i) => (name === 'why_in_tier' ? message : (told[i] ?? null)));
}

/**
 * A cell that no spreadsheet takes for a formula: OWASP, "CSV Injection". Names and tags are other people's words. Figures are ours.
 */
function cell(value: string | number | boolean | null): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const text = printable(value);
  const safe = /^[=+\-@\t\r\uFF0B\uFF0D\uFF1D\uFF20]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}
