import { suggestion } from '../../config/suggestion';
import { type ResourceKind, resourceKinds, resourcePath } from '../../core/resource';
import { InvalidRequestError } from '../invalidRequestError';
import { type NamedResource } from '../backup/recoveryPointSnapshot';

/** What a person wrote to name a resource: what is undefined was left open. */
export interface ResourceArgument {
  /** As it was written. */
  readonly text: string;
  readonly kind?: ResourceKind;
  readonly account?: string;
  readonly region?: string;
  /** In lower case, as AWS stores it. */
  readonly id: string;
}

/** The resource types in ARNs of RDS, by kind. */
const arnTypes: Readonly<Record<string, ResourceKind>> = { cluster: 'aurora-cluster', db: 'rds-instance' };
const identifier = /^[a-z][a-z0-9-]{0,254}$/i;

/**
 * Reads an identifier (`panda-cluster-1`), a path (`aurora-cluster/999999999999/eu-west-1/panda-cluster-1`, or its end), or
 * an ARN (`arn:aws:rds:eu-west-1:999999999999:cluster:panda-cluster-1`).
 *
 * @throws InvalidRequestError when it is none of these.
 */
export function parseResourceArgument(text: string): ResourceArgument {
  if (text.startsWith('arn:')) return parseArn(text);
  const parts = text.split('/');
  const id = parts.pop() ?? '';
  const argument: { kind?: ResourceKind; account?: string; region?: string } = {};
  // From the right: region, account, kind.
  const region = parts.pop();
  const account = parts.pop();
  const kind = parts.pop();
  if (region !== undefined) argument.region = matching(text, 'region', region, /^[a-z]{2}(-[a-z]+)+-\d$/);
  if (account !== undefined) argument.account = matching(text, 'account', account, /^\d{12}$/);
  if (kind !== undefined) argument.kind = knownKind(text, kind);
  if (parts.length > 0 || !identifier.test(id)) throw malformed(text);
  return { text, ...argument, id: id.toLowerCase() };
}

/** Whether an argument may mean a resource. */
export function matches(argument: ResourceArgument, resource: NamedResource): boolean {
  return (
    argument.id === resource.id &&
    (argument.kind ?? resource.kind) === resource.kind &&
    (argument.account ?? resource.account) === resource.account &&
    (argument.region ?? resource.region) === resource.region
  );
}

/**
 * The one resource that each argument means; a resource named twice comes once.
 *
 * @param where for the message: `the fleet's accounts`
 * @throws InvalidRequestError naming everything that is unknown (with near names) or ambiguous.
 */
export function resolveResources<R extends NamedResource>(
  named: readonly ResourceArgument[],
  known: readonly R[],
  where: string,
): R[] {
  const faults: string[] = [];
  const resolved = new Map<string, R>();
  for (const argument of named) {
    const candidates = known.filter((resource) => matches(argument, resource));
    const [only] = candidates;
    if (only === undefined) {
      const near = suggestion(argument.id, [...new Set(known.map(({ id }) => id))]);
      faults.push(`${argument.text}: there is no such resource in ${where}${near === undefined ? '' : ` (${near})`}`);
    } else if (candidates.length > 1) {
      faults.push(
        `${argument.text}: there are ${candidates.length} of that name, give one of ${candidates.map(resourcePath).join(', ')}`,
      );
    } else resolved.set(resourcePath(only), only);
  }
  if (faults.length > 0) throw new InvalidRequestError(faults.join('\n'));
  return [...resolved.values()];
}

function parseArn(text: string): ResourceArgument {
  const [, , service, region, account, type, id, ...more] = text.split(':');
  const kind = arnTypes[type ?? ''];
  if (service !== 'rds' || kind === undefined || id === undefined || more.length > 0 || !identifier.test(id))
    throw new InvalidRequestError(`${text}: not the ARN of a database cluster or instance`);
  return {
    text,
    kind,
    region: matching(text, 'region', region ?? '', /^[a-z]{2}(-[a-z]+)+-\d$/),
    account: matching(text, 'account', account ?? '', /^\d{12}$/),
    id: id.toLowerCase(),
  };
}

function matching(text: string, what: string, part: string, pattern: RegExp): string {
  if (!pattern.test(part))
    throw new InvalidRequestError(`${text}: ${part === '' ? 'an empty text' : part} is no ${what}`);
  return part;
}

function knownKind(text: string, kind: string): ResourceKind {
  const known = resourceKinds.find((k) => k === kind);
  if (known === undefined) {
    const near = suggestion(kind, resourceKinds);
    throw new InvalidRequestError(`${text}: ${kind} is no kind of resource${near === undefined ? '' : ` (${near})`}`);
  }
  return known;
}

function malformed(text: string): InvalidRequestError {
  return new InvalidRequestError(
    `${text === '' ? 'an empty text' : text}: names no resource`,
    'write its identifier, its path kind/account/region/id, or its ARN',
  );
}
