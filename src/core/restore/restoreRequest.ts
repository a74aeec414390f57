import { applicationFailure } from '../applicationFailure';
import { type ScratchOwner } from '../drill/drillScratch';
import { failureTypes } from '../failure';
import { scheduledTimeLabel } from '../naming';
import { type Json } from '../steps/step';

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
  /** Identifier of what is made; default: that of the old one. */
  readonly as?: string | undefined;
  /** The key it ends under: alias, id or ARN in its account and region. */
  readonly key?: string | undefined;
  /** Beside those of the old one. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** What only resources of its kind have: docs/kinds. */
  readonly options?: RestoreOptions | undefined;
  /** Set by a drill: whose scratch thing it is. */
  readonly drill?: ScratchOwner | undefined;
}

/** Options of a kind by their names. */
export type RestoreOptions = Readonly<Record<string, Json | undefined>>;

/** An option that restores of a kind take. */
export interface RestoreOption {
  /** In {@link RestoreRequest.options}: `instanceClasses`. */
  readonly name: string;
  /** On the command line: `--instance-class <classes>`; a flag without a value has its opposite too. */
  readonly flag: string;
  readonly type: 'text' | 'list' | 'number' | 'flag';
  readonly description: string;
  /** Null where the value is right; else what it must be. */
  readonly check: (value: unknown) => string | null;
}

export const isText = (pattern: RegExp, what: string) => (value: unknown) =>
  typeof value === 'string' && pattern.test(value) ? null : what;
export const isList = (pattern: RegExp, what: string) => (value: unknown) =>
  Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string' && pattern.test(item))
    ? null
    : what;
export const isFlag = (value: unknown) => (typeof value === 'boolean' ? null : 'true or false');
/** Null of a time; else what it must be. */
export const isTime = (value: unknown) =>
  typeof value === 'string' && /^\d{4}-\d{2}-\d{2}/.test(value) && !Number.isNaN(Date.parse(value))
    ? null
    : 'a time as ISO 8601 has it, like 2026-11-21T02:00:00Z';

/** Histories keep it, and every activity of a restore carries some of it. */
const mostCharacters = 100_000;

/** What is said of a field that is wrong; null: nothing is. */
const fields: Readonly<Record<keyof RestoreRequest, (value: unknown) => string | null>> = {
  resource: isText(/\S/, 'the identifier, path kind/account/region/id, or ARN of a resource'),
  at: isTime,
  point: isText(/\S/, 'the id of a recovery point, or its scheduled time'),
  from: isText(/\S/, '`source`, or the name of a vault'),
  to: isText(/^\d{12}\/[a-z]{2}(-[a-z]+)+-\d$/, 'account/region, like 999999999999/eu-west-1'),
  as: isText(/\S/, 'an identifier'),
  key: isText(/\S/, 'a key: alias, id or ARN'),
  tags: (value) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.entries(value).every(([name, text]) => isTag(name, text))
      ? null
      : 'tags {name: value} as AWS takes them, none named farcopy:… or aws:…',
  options: (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? null : 'options {name: value} of its kind',
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
  if (JSON.stringify(input).length > mostCharacters)
    throw invalid([`the input must be JSON of at most ${mostCharacters} characters`]);
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
  if (faults.length > 0) throw invalid(faults);
  return request;
}

/**
 * Checks the options of a kind.
 *
 * @throws ApplicationFailure `InvalidInput` naming every one that is wrong, and what it should be.
 */
export function checkOptions(kind: string, known: readonly RestoreOption[], given: RestoreOptions): void {
  const faults = Object.entries(given).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const option = known.find((one) => one.name === name);
    if (option === undefined) {
      const names = known.map((one) => one.name).join(', ');
      return [`options.${name}: a restore of ${kind} has no such option${names === '' ? '' : `; there are ${names}`}`];
    }
    const fault = option.check(value);
    return fault === null ? [] : [`options.${name}: must be ${fault}`];
  });
  if (faults.length > 0) throw invalid(faults);
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
    !/^(farcopy|aws):/i.test(name) &&
    typeof text === 'string' &&
    /^[\p{L}\p{N}\s_.:/=+\-@]{0,256}$/u.test(text)
  );
}

function invalid(faults: readonly string[]) {
  return applicationFailure(failureTypes.invalidInput, faults.join('; '));
}
