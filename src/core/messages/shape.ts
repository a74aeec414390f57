import { applicationFailure } from '../applicationFailure';
import { failureTypes } from '../failure';

/** Tells what is wrong with a value. */
type Wrong = (fault: string) => void;

/**
 * Takes in a value that somebody has sent: returns of it what belongs there, and tells what is wrong. Fields that nobody knows are
 * left out, since a newer client may send them, and nothing may grow by them.
 *
 * @param at where it stands, for people: `policy.route[0].account`
 */
export type Shape<T> = (value: unknown, at: string, wrong: Wrong) => T;

const mostFaults = 5;
const shownCharacters = 60;

/**
 * Takes in what has come from outside.
 *
 * @param what names it, for people: `requestPermit`
 * @throws ApplicationFailure `InvalidInput` naming every field that is wrong, and what it should be.
 */
export function parsed<T>(shape: Shape<T>, value: unknown, what: string): T {
  const faults: string[] = [];
  const result = shape(value, '', (fault) => faults.push(fault));
  if (faults.length === 0) return result;
  const more = faults.length > mostFaults ? `; and ${faults.length - mostFaults} more` : '';
  throw applicationFailure(failureTypes.invalidInput, `${what}: ${faults.slice(0, mostFaults).join('; ')}${more}`);
}

/** Half of a pair, which UTF-8 cannot say: the SDK's core ends the worker that puts one into a command (@temporalio/worker 1.24). */
const halfCharacter = /\p{Surrogate}/u;

/** A text of 1 to `most` characters. */
export function text(most = 2048, pattern?: RegExp, what = 'a text'): Shape<string> {
  return judged((value) => {
    if (typeof value !== 'string' || value === '') return what;
    if (value.length > most) return `${what} of at most ${most} characters`;
    if (halfCharacter.test(value)) return `${what} of whole characters`;
    return pattern === undefined || pattern.test(value) ? null : what;
  });
}

/** A text that may be empty. */
export function anyText(most: number): Shape<string> {
  return judged((value) =>
    typeof value === 'string' && value.length <= most && !halfCharacter.test(value)
      ? null
      : `a text of at most ${most} whole characters`,
  );
}

export function number(least: number, most: number): Shape<number> {
  return judged((value) =>
    typeof value === 'number' && value >= least && value <= most ? null : `a number from ${least} to ${most}`,
  );
}

export const flag: Shape<boolean> = judged((value) => (typeof value === 'boolean' ? null : 'true or false'));

/** ISO 8601. A time of day has its zone: each worker would take that of its own machine. */
export const time: Shape<string> = judged((value) =>
  typeof value === 'string' &&
  value.length <= 40 &&
  /^\d{4}-\d{2}-\d{2}([T ].*(Z|[+-]\d{2}:?\d{2}))?$/.test(value) &&
  !Number.isNaN(Date.parse(value))
    ? null
    : 'a time as ISO 8601 has it, like 2026-11-21T02:00:00Z',
);

export function oneOf<const T extends string | number>(...values: readonly T[]): Shape<T> {
  return judged((value) => (values.includes(value as T) ? null : `one of ${values.join(', ')}`));
}

export function nullable<T>(shape: Shape<T>): Shape<T | null> {
  return (value, at, wrong) => (value === null ? null : shape(value, at, wrong));
}

export function optional<T>(shape: Shape<T>): Shape<T | undefined> {
  return (value, at, wrong) => (value === undefined || value === null ? undefined : shape(value, at, wrong));
}

/** The first shape whose mark the value bears; the last where it bears none. */
export function either<A, B>(isFirst: (value: unknown) => boolean, first: Shape<A>, second: Shape<B>): Shape<A | B> {
  return (value, at, wrong) => (isFirst(value) ? first(value, at, wrong) : second(value, at, wrong));
}

export function list<T>(item: Shape<T>, most: number): Shape<readonly T[]> {
  return (value, at, wrong) => {
    if (!Array.isArray(value) || value.length > most)
      return refused(value, at, `a list of at most ${most} entries`, wrong);
    return value.map((one, i) => item(one, `${at}[${i}]`, wrong));
  };
}

export function record<T>(item: Shape<T>, most: number): Shape<Readonly<Record<string, T>>> {
  return (value, at, wrong) => {
    if (!isObject(value) || Object.keys(value).length > most)
      return refused(value, at, `an object of at most ${most} fields`, wrong);
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, item(one, inside(at, name), wrong)]));
  };
}

/** Whatever JSON can say, where somebody else checks it. */
export function json<T>(mostCharacters: number): Shape<T> {
  return (value, at, wrong) =>
    (JSON.stringify(value) ?? '').length <= mostCharacters
      ? (value as T)
      : refused(value, at, `JSON of at most ${mostCharacters} characters`, wrong);
}

/** Every field of a type has its shape: a new one without would not compile. */
export function object<T extends object>(fields: {
  readonly [K in keyof T]-?: undefined extends T[K] ? Shape<T[K] | undefined> : Shape<T[K]>;
}): Shape<T> {
  return (value, at, wrong) => {
    if (!isObject(value)) return refused(value, at, 'an object', wrong);
    const known = Object.entries(fields as Readonly<Record<string, Shape<unknown>>>).flatMap(([name, shape]) => {
      const field = shape(Object.hasOwn(value, name) ? value[name] : undefined, inside(at, name), wrong);
      return field === undefined ? [] : [[name, field] as const];
    });
    return Object.fromEntries(known) as T;
  };
}

function judged<T>(faultOf: (value: unknown) => string | null): Shape<T> {
  return (value, at, wrong) => {
    const fault = faultOf(value);
    return fault === null ? (value as T) : refused(value, at, fault, wrong);
  };
}

/** What it returns is never used: the parsing ends with a failure. */
function refused<T>(value: unknown, at: string, wanted: string, wrong: Wrong): T {
  const shown = value === undefined ? 'missing' : (JSON.stringify(value) ?? typeof value);
  const cut = shown.length > shownCharacters ? `${shown.slice(0, shownCharacters)}…` : shown;
  wrong(`${at === '' ? 'it' : at} must be ${wanted}, and is ${cut}`);
  return undefined as T;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const inside = (at: string, name: string) => (at === '' ? name : `${at}.${name}`);
