import { printable } from '../plainText';

/** How bad a finding is, the worst first. */
export const severities = ['critical', 'high', 'medium', 'low'] as const;
export type Severity = (typeof severities)[number];

/** What a finding is about: `resource` is a path `kind/account/region/id`; `place` is a vault's name. */
export interface FindingSubject {
  readonly resource: string | null;
  readonly place: string | null;
  /** In the words of people: what stands before the sentence. */
  readonly name: string;
}

/** Something that is wrong or risky in a fleet. */
export interface FleetFinding {
  /** The same at every look, as long as it is the same trouble: `rpo-missed:kind/account/region/id@secure-dr`. */
  readonly id: string;
  readonly check: FindingCheck;
  readonly severity: Severity;
  readonly subject: FindingSubject;
  /** What is wrong, as a sentence. */
  readonly message: string;
  /** What to do about it. */
  readonly mend: string;
  /** The section that tells more: `docs/runbook.md#a-database-missed-its-rpo`. */
  readonly more: string;
}

interface CheckRule {
  readonly severity: Severity;
  readonly more: string;
}

const runbook = (section: string) => `docs/runbook.md#${section}`;

/** Every check, with its severity and where its finding is explained. */
export const findingChecks = {
  'rpo-missed': { severity: 'critical', more: runbook('a-database-missed-its-rpo') },
  'never-copied': { severity: 'critical', more: runbook('a-database-missed-its-rpo') },
  'stock-exceeded': { severity: 'critical', more: runbook('a-stock-is-exhausted') },
  'nothing-protected': { severity: 'high', more: runbook('a-resource-is-not-protected') },
  'not-readable': { severity: 'high', more: runbook('an-account-cannot-be-listed') },
  uncovered: { severity: 'high', more: runbook('a-resource-is-not-protected') },
  'no-tier': { severity: 'high', more: runbook('a-resource-is-not-protected') },
  'cannot-copy': { severity: 'high', more: runbook('a-resource-is-not-protected') },
  vanished: { severity: 'high', more: runbook('a-resource-has-vanished') },
  'drill-failed': { severity: 'high', more: runbook('a-drill-failed') },
  public: { severity: 'high', more: runbook('the-resource-itself-is-at-risk') },
  'place-unknown': { severity: 'high', more: runbook('an-account-cannot-be-listed') },
  'clock-off': { severity: 'medium', more: runbook('a-clock-is-wrong') },
  'stock-tight': { severity: 'medium', more: runbook('a-stock-is-exhausted') },
  recreated: { severity: 'medium', more: runbook('a-resource-has-vanished') },
  'tier-unclear': { severity: 'medium', more: runbook('a-resource-is-not-protected') },
  'schedule-missing': { severity: 'high', more: runbook('a-schedule-is-paused') },
  'schedule-paused': { severity: 'medium', more: runbook('a-schedule-is-paused') },
  'resource-paused': { severity: 'medium', more: runbook('a-schedule-is-paused') },
  'no-drill': { severity: 'medium', more: runbook('nobody-has-drilled') },
  'own-backups-off': { severity: 'medium', more: runbook('the-resource-itself-is-at-risk') },
  'own-backups-lag': { severity: 'medium', more: runbook('the-resource-itself-is-at-risk') },
  'deletion-unprotected': { severity: 'medium', more: runbook('the-resource-itself-is-at-risk') },
  unencrypted: { severity: 'medium', more: runbook('the-resource-itself-is-at-risk') },
  'lock-short': { severity: 'medium', more: runbook('a-lock-ends-before-its-copies') },
  'prune-braked': { severity: 'medium', more: runbook('retention-leaves-copies-alone') },
  'prune-refused': { severity: 'low', more: runbook('retention-leaves-copies-alone') },
  'prune-marked': { severity: 'low', more: runbook('retention-leaves-copies-alone') },
  retired: { severity: 'low', more: runbook('a-resource-has-vanished') },
  outside: { severity: 'low', more: runbook('a-resource-has-vanished') },
  'not-selected': { severity: 'low', more: runbook('a-resource-is-not-protected') },
  'tags-not-copied': { severity: 'low', more: runbook('the-resource-itself-is-at-risk') },
} as const satisfies Readonly<Record<string, CheckRule>>;

export type FindingCheck = keyof typeof findingChecks;

/**
 * Texts of others become one line that obeys nobody; what stands between backticks in `mend` alone is a command.
 *
 * @param key tells apart the findings of one check: no count and no time may stand in it
 */
export function fleetFinding(
  check: FindingCheck,
  key: string,
  subject: FindingSubject,
  message: string,
  mend: string,
): FleetFinding {
  const { severity, more } = findingChecks[check];
  const told = { ...subject, name: printable(subject.name) };
  return {
    id: `${check}:${printable(key)}`,
    check,
    severity,
    subject: told,
    message: printable(message),
    mend: printable(mend),
    more,
  };
}

const order = Object.keys(findingChecks);

/** The worst first; of the same severity by check, then by what they are about. */
export function worstFirst(findings: readonly FleetFinding[]): FleetFinding[] {
  return [...findings].sort(
    (a, b) =>
      severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
      order.indexOf(a.check) - order.indexOf(b.check) ||
      (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
  );
}

/** Whether one severity is as bad as another, or worse. */
export function isAtLeast(severity: Severity, bound: Severity): boolean {
  return severities.indexOf(severity) <= severities.indexOf(bound);
}
