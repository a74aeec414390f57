import { classifyAwsError } from '../../clouds/aws/classifyAwsError';
import { type Scope } from '../../core/catalogue/copy';
import { failureTypes } from '../../core/failure';

/** An account and region that could not be looked at; the rest of the answer stands. */
export interface ScopeProblem {
  readonly account: string;
  readonly region: string;
  readonly message: string;
  /** True where it did not answer, so that the same may work later; false where it refused. */
  readonly unreachable: boolean;
}

export function scopeProblem({ account, region }: Scope, error: unknown): ScopeProblem {
  return {
    account,
    region,
    message: error instanceof Error ? error.message : String(error),
    unreachable: isUnreachable(error),
  };
}

/** gRPC's UNAVAILABLE and DEADLINE_EXCEEDED, as Temporal answers or the connection does in its place. */
const unreachableGrpcCodes: readonly unknown[] = [14, 4];

/** Whether an error of AWS or Temporal says that nothing answers, or that it passes. */
export function isUnreachable(error: unknown): boolean {
  for (let e = error; typeof e === 'object' && e !== null; e = (e as { cause?: unknown }).cause) {
    const { type, code } = e as { type?: unknown; code?: unknown };
    if (typeof type === 'string') return type === failureTypes.transient;
    if (unreachableGrpcCodes.includes(code)) return true;
  }
  return classifyAwsError(error).type === failureTypes.transient;
}
