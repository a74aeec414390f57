import { classifyAwsError } from '../../clouds/aws/classifyAwsError';
import { type Scope } from '../../core/catalogue/copy';
import { failureTypes, messageOf } from '../../core/failure';
import { type ResourceKind } from '../../core/resource';
import { PayloadError } from '../../payloads';

/** An account and region that could not be looked at, or not for one kind of resource; the rest of the answer stands. */
export interface ScopeProblem {
  /** The kind of resource that could not be looked at there; null where nothing could be. */
  readonly kind: ResourceKind | null;
  readonly account: string;
  readonly region: string;
  readonly message: string;
  /** True where it did not answer, so that the same may work later; false where it refused. */
  readonly unreachable: boolean;
}

export function scopeProblem(
  { account, region }: Scope,
  error: unknown,
  kind: ResourceKind | null = null,
): ScopeProblem {
  return {
    kind,
    account,
    region,
    message: messageOf(error),
    unreachable: isUnreachable(error),
  };
}

/** The place of a problem, in words: `999999999999/eu-west-1`. */
export function whereOf({ kind, account, region }: Pick<ScopeProblem, 'kind' | 'account' | 'region'>): string {
  return `${kind === null ? '' : `${kind} in `}${account}/${region}`;
}

/** gRPC's UNAVAILABLE and DEADLINE_EXCEEDED, as Temporal answers or the connection does in its place. */
const unreachableGrpcCodes: readonly unknown[] = [14, 4];

/** Whether an error of AWS, Temporal or the payload codec says that nothing answers, or that it passes. */
export function isUnreachable(error: unknown): boolean {
  for (let e = error; typeof e === 'object' && e !== null; e = (e as { cause?: unknown }).cause) {
    if (e instanceof PayloadError) return e.trouble === 'unreachable';
    const { type, code } = e as { type?: unknown; code?: unknown };
    if (typeof type === 'string') return type === failureTypes.transient;
    if (unreachableGrpcCodes.includes(code)) return true;
  }
  return classifyAwsError(error).type === failureTypes.transient;
}

/** The problems of one account and region: where no kind could be looked at, it is the scope's, and told once. */
export function ofScope(problems: readonly ScopeProblem[], kindsAsked: number): readonly ScopeProblem[] {
  const [first] = problems;
  return first !== undefined && problems.length === kindsAsked ? [{ ...first, kind: null }] : problems;
}
