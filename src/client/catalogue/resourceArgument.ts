import { suggestion } from '../../config/reading/suggestion';
import { type Kinds, storedId } from '../../core/kind';
import { type ResourceKind, resourcePath } from '../../core/resource';
import { InvalidRequestError } from '../invalidRequestError';
import { type NamedResource } from '../backup/recoveryPointSnapshot';

/** What a person wrote to name a resource: what is undefined was left open. */
export interface ResourceArgument {
  /** As it was written. */
  readonly text: string;
  readonly account?: string;
  readonly region?: string;
  /** The identifier in each kind that the text may mean, as the service of that kind stores it. */
  readonly ids: Readonly<Record<ResourceKind, string>>;
}

const regionPattern = /^[a-z]{2}(-[a-z]+)+-\d$/;
const accountPattern = /^\d{12}$/;

/**
 * Reads an identifier (`panda-cluster-1`), a path (`kind/999999999999/eu-west-1/panda-cluster-1`, or its end), or an ARN.
 *
 * @throws InvalidRequestError when it is none of these.
 */
export function parseResourceArgument(text: string, kinds: Kinds): ResourceArgument {
  if (text.startsWith('arn:')) return parseArn(text, kinds);
  const parts = text.split('/');
  const id = parts.pop() ?? '';
  const place: { account?: string; region?: string } = {};
  // From the right: region, account, kind.
  const region = parts.pop();
  const account = parts.pop();
  const kind = parts.pop();
  if (region !== undefined) place.region = matching(text, 'region', region, regionPattern);
  if (account !== undefined) place.account = matching(text, 'account', account, accountPattern);
  const meant = kind === undefined ? kinds.all : [knownKind(text, kind, kinds)];
  const ids = meant.filter((one) => one.id.pattern.test(id)).map((one) => [one.name, storedId(one, id)] as const);
  if (parts.length > 0 || ids.length === 0) throw malformed(text);
  return { text, ...place, ids: Object.fromEntries(ids) };
}

/** What is still known of a resource that is there no more, and what to do about it. */
export interface Gone {
  readonly message: string;
  readonly hint: string;
}

/** Whether an argument may mean a resource. */
export function matches({ ids, account, region }: ResourceArgument, resource: NamedResource): boolean {
  return (
    ids[resource.kind] === resource.id &&
    (account ?? resource.account) === resource.account &&
    (region ?? resource.region) === resource.region
  );
}

/** Whether any of the arguments may mean a resource; undefined of no arguments, which leave open what is wanted. */
export function meantBy(named: readonly ResourceArgument[]): ((resource: NamedResource) => boolean) | undefined {
  return named.length === 0 ? undefined : (resource) => named.some((one) => matches(one, resource));
}

/**
 * The one resource that each argument means; a resource named twice comes once.
 *
 * @param where for the message: `the fleet's accounts`
 * @param gone what is known of one that is not there; null where nothing is
 * @throws InvalidRequestError naming everything that is unknown (with near names) or ambiguous.
 */
export function resolveResources<R extends NamedResource>(
  named: readonly ResourceArgument[],
  known: readonly R[],
  where: string,
  gone: (argument: ResourceArgument) => Gone | null = () => null,
): R[] {
  const faults: string[] = [];
  const hints = new Set<string>();
  const resolved = new Map<string, R>();
  for (const argument of named) {
    const candidates = known.filter((resource) => matches(argument, resource));
    const [only] = candidates;
    const trace = only === undefined ? gone(argument) : null;
    if (only === undefined && trace !== null) {
      faults.push(`${argument.text}: ${trace.message}`);
      hints.add(trace.hint);
    } else if (only === undefined) {
      const [id = ''] = Object.values(argument.ids);
      const near = suggestion(id, [...new Set(known.map((resource) => resource.id))]);
      faults.push(`${argument.text}: there is no such resource in ${where}${near === undefined ? '' : ` (${near})`}`);
    } else if (candidates.length > 1) {
      faults.push(
        `${argument.text}: there are ${candidates.length} of that name, give one of ${candidates.map(resourcePath).join(', ')}`,
      );
    } else resolved.set(resourcePath(only), only);
  }
  if (faults.length > 0)
    throw new InvalidRequestError(faults.join('\n'), hints.size === 0 ? undefined : [...hints].join('\n  '));
  return [...resolved.values()];
}

function parseArn(text: string, kinds: Kinds): ResourceArgument {
  const named = kinds.ofArn(text);
  const [first] = named;
  if (first === undefined)
    throw new InvalidRequestError(
      `${text}: not the ARN of anything that can be protected (${kinds.all.map(({ title }) => title).join(', ')})`,
    );
  const { account, region } = first;
  return { text, account, region, ids: Object.fromEntries(named.map(({ kind, id }) => [kind, id])) };
}

function matching(text: string, what: string, part: string, pattern: RegExp): string {
  if (!pattern.test(part))
    throw new InvalidRequestError(`${text}: ${part === '' ? 'an empty text' : part} is no ${what}`);
  return part;
}

function knownKind(text: string, kind: string, kinds: Kinds) {
  const meant = kinds.named(kind);
  if (meant !== undefined) return meant;
  const near = suggestion(kind, kinds.names);
  throw new InvalidRequestError(`${text}: ${kind} is no kind of resource${near === undefined ? '' : ` (${near})`}`);
}

function malformed(text: string): InvalidRequestError {
  return new InvalidRequestError(
    `${text === '' ? 'an empty text' : text}: names no resource`,
    'write its identifier, its path kind/account/region/id, or its ARN',
  );
}
