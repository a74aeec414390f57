import { type Arbitrary } from 'fast-check';
import { ApplicationFailure } from '@temporalio/common';
import { failureTypes } from '../src/core/failure';

/** Something that takes input from outside. */
export interface FuzzTarget {
  /** Of a target, its file. */
  readonly name: string;
  /** Each run on an input: throws where what must hold does not. */
  readonly cases: Arbitrary<Case>;
}

export interface Case {
  /** As a finding shows it. */
  readonly input: unknown;
  readonly run: () => unknown;
}

/** A target of inputs of one type. */
export function target<T>(name: string, inputs: Arbitrary<T>, run: (input: T) => unknown): FuzzTarget {
  return { name, cases: inputs.map((input) => ({ input, run: () => run(input) })) };
}

/** Longer messages bury a person. */
const longestMessage = 200_000;
const typed: ReadonlySet<string> = new Set([
  'FleetFileError',
  'InvalidRequestError',
  'VariableError',
  'RouteError',
  'CommanderError',
  'InvalidArgumentError',
  'CommandFailure',
  'DamagedRecordError',
  'CronError',
  'UnreachableError',
  'PayloadError',
  'Refusal',
]);

/** What the work gives, undefined where it throws what people are to see; everything else is thrown. */
export async function refusedOr<T>(work: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    requireTyped(error);
    return undefined;
  }
}

/** Throws an error that is not one of those that people are to see. */
export function requireTyped(error: unknown): void {
  if (!(error instanceof Error)) throw new Error(`thrown: ${String(error)}`);
  const known =
    error instanceof ApplicationFailure
      ? Object.values<string>(failureTypes).includes(error.type ?? '')
      : typed.has(error.name) || typed.has(error.constructor.name);
  if (!known) throw error;
  ensure(error.message.length <= longestMessage, `a message of ${error.message.length} characters`);
}

export function ensure(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

/** What a terminal obeys, or an eye is misled by; lines may end. */
const obeyed = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

export function requirePlain(text: string): void {
  const [found] = obeyed.exec(text.replaceAll('\n', '')) ?? [];
  ensure(
    found === undefined,
    `a terminal would obey ${JSON.stringify(found)} in ${JSON.stringify(text.slice(0, 200))}`,
  );
}
