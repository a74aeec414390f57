import { type FakeCall } from './calls';
import { type CloudState } from './cloudState';
import { type Place } from './places';

/** What the fake does on one command of a client. */
export interface Answer {
  /** What the call is for. */
  readonly call: FakeCall;
  /** Ids and other words by which a fault may tell it from its likes. */
  readonly about: string;
  readonly work: () => object;
}

/** Commands by their names, without `Command`: each reads its input and tells what it does. */
export type Answers = Readonly<Record<string, (input: Input, place: Place, cloud: CloudState) => Answer>>;

/** The input of a command: the same for clusters and instances, under two sets of words. */
export type Input = Readonly<Record<string, unknown>>;

export const textOf = (input: Input, name: string): string => {
  const value = input[name];
  return typeof value === 'string' ? value : '';
};

export const maybeText = (input: Input, name: string): string | undefined => textOf(input, name) || undefined;

export const textsOf = (input: Input, name: string): string[] => (input[name] as string[] | undefined) ?? [];

/** The values of a filter, undefined where there is none of the name. */
export function filterOf(input: Input, name: string): string[] | undefined {
  const filters = (input.Filters as { Name?: string; Values?: string[] }[] | undefined) ?? [];
  return filters.find((one) => one.Name === name)?.Values;
}

const shortestPage = 100;

/** One page of a Describe call: `Marker` is where the next one begins. */
export function page<T>(name: string, all: readonly T[], input: Input, describe: (one: T) => object): object {
  const from = Number(input.Marker ?? 0);
  const to = from + Number(input.MaxRecords ?? shortestPage);
  return {
    [name]: all.slice(from, to).map(describe),
    ...(to < all.length ? { Marker: String(to) } : {}),
  };
}

export const tagList = (tags: Readonly<Record<string, string>>) =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

export function tagsIn(input: Input): Record<string, string> {
  const list = (input.Tags as { Key?: string; Value?: string }[] | undefined) ?? [];
  return Object.fromEntries(list.map(({ Key, Value }) => [Key ?? '', Value ?? '']));
}
