import { applicationFailure } from '../applicationFailure';
import { type ScratchOwner } from '../drill/drillScratch';
import { failureTypes } from '../failure';
import { scheduledTimeLabel } from '../naming';

/**
 * What to restore, and into what: the input of the workflow `restoreRecoveryPoint`, made for people who write it by hand
 * (docs/restore.md). Everything but `resource` may be left out.
 */
export interface RestoreRequest {
  /** Identifier, path `kind/account/region/id` (or the end of it), or ARN. */
  readonly resource: string;
  /** The latest recovery point whose data is not from after this time (ISO 8601). */
  readonly at?: string | undefined;
  /** The recovery point of this id, or of this scheduled time. */
  readonly point?: string | undefined;
  /** From this place only: `source`, or a vault's name. */
  readonly from?: string | undefined;
  /** `account/region`; default: where the resource was. */
  readonly to?: string | undefined;
  /** Identifier of the new database; default: that of the old one. */
  readonly as?: string | undefined;
  /** The first is wanted; the others are tried in order while AWS has no capacity. */
  readonly instanceClasses?: readonly string[] | undefined;
  readonly zones?: readonly string[] | undefined;
  readonly subnetGroup?: string | undefined;
  readonly securityGroups?: readonly string[] | undefined;
  /** Of the cluster, or of the instance. */
  readonly parameterGroup?: string | undefined;
  /** Make missing parameter groups from the recovery bundle. */
  readonly createParameterGroups?: boolean | undefined;
  readonly port?: number | undefined;
  readonly deletionProtection?: boolean | undefined;
  /** Of an Aurora cluster: false restores the storage only, `writer` no readers. */
  readonly instances?: boolean | 'writer' | undefined;
  readonly multiAz?: boolean | undefined;
  readonly public?: boolean | undefined;
  /** The key the new database ends under: alias, id or ARN in its account and region. */
  readonly key?: string | undefined;
  /** Beside those of the old database. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** Set by a drill: whose scratch thing it is. */
  readonly drill?: ScratchOwner | undefined;
}

const identifier = /^[a-z](?:[a-z0-9]|-(?!-|$)){0,62}$/;
const texts = (pattern: RegExp, what: string) => (value: unknown) =>
  typeof value === 'string' && pattern.test(value) ? null : what;
const lists = (pattern: RegExp, what: string) => (value: unknown) =>
  Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string' && pattern.test(item))
    ? null
    : what;
const flag = (value: unknown) => (typeof value === 'boolean' ? null : 'true or false');
const isTime = (value: unknown) =>
  typeof value === 'string' && /^\d{4}-\d{2}-\d{2}/.test(value) && !Number.isNaN(Date.parse(value))
    ? null
    : 'a time as ISO 8601 has it, like 2026-11-21T02:00:00Z';

/** What is said of a field that is wrong; null: nothing is. Rules of names are those of the RDS API reference. */
const fields: Readonly<Record<keyof RestoreRequest, (value: unknown) => string | null>> = {
  resource: texts(/\S/, 'the identifier, path kind/account/region/id, or ARN of a database'),
  at: isTime,
  point: texts(/\S/, 'the id of a recovery point, or its scheduled time'),
  from: texts(/\S/, '`source`, or the name of a vault'),
  to: texts(/^\d{12}\/[a-z]{2}(-[a-z]+)+-\d$/, 'account/region, like 999999999999/eu-west-1'),
  as: texts(identifier, 'an identifier: at most 63 letters a–z, digits and single hyphens, first a letter'),
  instanceClasses: lists(/^db\.[a-z0-9.-]+$/, 'a list of instance classes, like db.r6g.large'),
  zones: lists(/^[a-z]{2}(-[a-z]+)+-\d[a-z0-9-]*[a-z]$/, 'a list of availability zones, like eu-west-1a'),
  subnetGroup: texts(/\S/, 'the name of a DB subnet group'),
  securityGroups: lists(/^sg-[a-z0-9]+$/, 'a list of ids of security groups, like sg-0123456789abcdef0'),
  parameterGroup: texts(/\S/, 'the name of a parameter group'),
  createParameterGroups: flag,
  port: (value) =>
    Number.isInteger(value) && Number(value) >= 1150 && Number(value) <= 65535 ? null : 'a port from 1150 to 65535',
  deletionProtection: flag,
  instances: (value) => (value === 'writer' ? null : flag(value) && 'true, false or `writer`'),
  multiAz: flag,
  public: flag,
  key: texts(/\S/, 'a key: alias, id or ARN'),
  tags: (value) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.entries(value).every(([name, text]) => isTag(name, text))
      ? null
      : 'tags {name: value} as AWS takes them, none named farcopy:…, aws:… or rds:…',
  drill: (value) => {
    const { fleet, workflowId, runId, since } = (value ?? {}) as Partial<ScratchOwner>;
    const whole = [fleet, workflowId, runId, since].every((text) => typeof text === 'string');
    return whole ? null : '{fleet, workflowId, runId, since} of a drill';
  },
};

/**
 * Checks what someone has written.
 *
 * @throws ApplicationFailure `InvalidInput` naming every field that is wrong, and what it should be.
 */
export function parseRestoreRequest(input: unknown): RestoreRequest {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw invalid(['the input must be a JSON object like {"resource": "panda-cluster-1"}']);
  const given = Object.entries(input).filter(([, value]) => value !== undefined && value !== null);
  const faults = given.flatMap(([name, value]) => {
    const check = Object.hasOwn(fields, name) ? fields[name as keyof RestoreRequest] : undefined;
    if (check === undefined) return [`${name}: there is no such field; there are ${Object.keys(fields).join(', ')}`];
    const fault = check(value);
    return fault === null ? [] : [`${name}: must be ${fault}`];
  });
  const request = Object.fromEntries(given) as unknown as RestoreRequest;
  if (request.resource === undefined) faults.push(`resource: must be ${fields.resource(undefined) ?? ''}`);
  if (request.at !== undefined && request.point !== undefined) faults.push('at and point exclude each other');
  if (request.instances === false && request.instanceClasses !== undefined)
    faults.push('instanceClasses: without instances there are none to choose a class for');
  if (faults.length > 0) throw invalid(faults);
  return request;
}

/** How a recovery point may be named: its whole id, or its scheduled time. */
export function isNamed(recoveryPoint: string, name: string): boolean {
  if (recoveryPoint === name) return true;
  const time = recoveryPoint.slice(recoveryPoint.lastIndexOf('/') + 1);
  return !Number.isNaN(Date.parse(name)) && scheduledTimeLabel(name) === time;
}

function isTag(name: string, text: unknown): boolean {
  return (
    /^[\p{L}\p{N}\s_.:/=+\-@]{1,128}$/u.test(name) &&
    !/^(farcopy|aws|rds):/i.test(name) &&
    typeof text === 'string' &&
    /^[\p{L}\p{N}\s_.:/=+\-@]{0,256}$/u.test(text)
  );
}

function invalid(faults: readonly string[]) {
  return applicationFailure(failureTypes.invalidInput, faults.join('; '));
}
