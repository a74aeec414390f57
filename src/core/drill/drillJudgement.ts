import { type DrillCheck } from './drill';
import { type DrillCheckResult } from './drillResult';

/** What the query of a check gave, as PostgreSQL writes it: booleans as `true` and `false`, times in ISO 8601. */
export type DrillAnswer =
  | { readonly type: 'value'; readonly text: string | null }
  /** Not one row of one column. */
  | { readonly type: 'misshapen'; readonly what: string }
  /** PostgreSQL's words. */
  | { readonly type: 'error'; readonly message: string };

const mostFound = 200;
const mostMessage = 500;

/** Whether what was found is what was expected. */
export function judgeCheck(check: DrillCheck, answer: DrillAnswer, dataTime: string): DrillCheckResult {
  const expected = cut(expectationOf(check, dataTime), mostMessage);
  const { name } = check;
  if (answer.type !== 'value') {
    const message = answer.type === 'error' ? answer.message : `the query ${answer.what}`;
    return { name, ok: false, found: null, expected, message: cut(message, mostMessage) };
  }
  const message = faultOf(check, answer.text, dataTime);
  const found = answer.text === null ? null : cut(answer.text, mostFound);
  return { name, ok: message === null, found, expected, message: message === null ? null : cut(message, mostMessage) };
}

function expectationOf(check: DrillCheck, dataTime: string): string {
  switch (check.type) {
    case 'rows':
      return `at least ${check.atLeast} rows in ${check.table}`;
    case 'freshness':
      return `at most ${check.withinSeconds} s before ${dataTime}`;
    case 'query':
      return [
        ...(check.equals === undefined ? [] : [check.equals === null ? 'NULL' : String(check.equals)]),
        ...(check.atLeast === undefined ? [] : [`at least ${check.atLeast}`]),
        ...(check.atMost === undefined ? [] : [`at most ${check.atMost}`]),
      ].join(' and ');
  }
}

/** Null where nothing is wrong. */
function faultOf(check: DrillCheck, found: string | null, dataTime: string): string | null {
  switch (check.type) {
    case 'rows':
      return Number(found) >= check.atLeast
        ? null
        : `${check.table} has ${found ?? 'no'} rows, and should have at least ${check.atLeast}`;
    case 'freshness':
      return staleness(found, check.withinSeconds, dataTime);
    case 'query':
      return mismatch(check, found);
  }
}

function staleness(found: string | null, withinSeconds: number, dataTime: string): string | null {
  if (found === null) return 'the query gives no time: NULL';
  const time = timeOf(found);
  if (time === null) return `the query gives no time: ${cut(found, mostFound)}`;
  const age = (Date.parse(dataTime) - time) / 1000;
  if (age <= withinSeconds) return null;
  return `the newest is of ${found}, ${Math.round(age)} s before the data of the recovery point (${dataTime}), and may be ${withinSeconds} s`;
}

/** `2026-11-21 02:00:00.123+00`, `2026-11-21 02:00:00` (UTC, as the session is) or `2026-11-21`; null for what is no time. */
function timeOf(text: string): number | null {
  const [, date, time = '00:00:00', zone = '+00'] =
    /^(\d{4}-\d{2}-\d{2})(?: (\d{2}:\d{2}:\d{2}(?:\.\d+)?)([+-]\d{2}(?::\d{2})?)?)?$/.exec(text) ?? [];
  if (date === undefined) return null;
  const offset = zone.length === 3 ? `${zone}:00` : zone;
  const parsed = Date.parse(`${date}T${time.replace(/(\.\d{3})\d+$/, '$1')}${offset}`);
  return Number.isNaN(parsed) ? null : parsed;
}

function mismatch(
  { equals, atLeast, atMost }: Extract<DrillCheck, { type: 'query' }>,
  found: string | null,
): string | null {
  const shown = found === null ? 'NULL' : cut(found, mostFound);
  if (equals !== undefined && !isEqual(found, equals))
    return `the query gives ${shown}, and should give ${equals === null ? 'NULL' : String(equals)}`;
  if (atLeast === undefined && atMost === undefined) return null;
  const number = numberOf(found);
  if (number === null) return `the query gives no number: ${shown}`;
  if (atLeast !== undefined && number < atLeast) return `the query gives ${shown}, and should give at least ${atLeast}`;
  if (atMost !== undefined && number > atMost) return `the query gives ${shown}, and should give at most ${atMost}`;
  return null;
}

/** A number is the same however many zeros PostgreSQL writes behind its point. */
function isEqual(found: string | null, equals: string | number | boolean | null): boolean {
  if (found === null || equals === null) return found === equals;
  if (typeof equals === 'number') return numberOf(found) === equals;
  return found === String(equals);
}

function numberOf(text: string | null): number | null {
  if (text === null || !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return null;
  return Number(text);
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
