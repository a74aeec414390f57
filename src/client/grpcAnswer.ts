/** Codes of gRPC, as Temporal's server and the connection to it answer. */
export const grpcCodes = {
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  aborted: 10,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** The answer to a call. */
export interface GrpcAnswer {
  /** One of {@link grpcCodes}, or another of gRPC's. */
  readonly code: number;
  /** In the words of Temporal, or of the connection to it; may be empty. */
  readonly details: string;
}

/** gRPC's own error, which Temporal's client wraps; null where an error is none. */
export function grpcAnswer(error: unknown): GrpcAnswer | null {
  for (let e = error; typeof e === 'object' && e !== null; e = (e as { cause?: unknown }).cause) {
    const { code, details } = e as { code?: unknown; details?: unknown };
    if (typeof code === 'number' && typeof details === 'string') return { code, details };
  }
  return null;
}
