import { type FailureType, failureTypes, type Grace, messageOf } from '../../core/failure';

/** A refusal by GCS: https://cloud.google.com/storage/docs/json_api/v1/status-codes. */
export class GcsError extends Error {
  override readonly name = 'GcsError';

  constructor(
    readonly status: number,
    /** `errors[0].reason` of the answer. */
    readonly reason: string,
    message: string,
    readonly requestId: string | null,
  ) {
    super(message);
  }
}

/** What an error of GCS, its credentials or the way there means for Farcopy. */
export interface GcsErrorClass {
  readonly type: FailureType;
  readonly code: string;
  /** A grant may still be on its way: worth a few tries within a minute. */
  readonly grace: Grace;
  readonly retryAfterSeconds: readonly [number, number] | null;
}

interface Row {
  readonly status?: number;
  readonly statusFrom?: number;
  readonly reason?: RegExp;
  readonly message?: RegExp;
  /** Of an error that is no answer of GCS: of the connection, or of whoever was asked for a token. */
  readonly code?: RegExp;
  readonly type: FailureType;
  readonly grace?: Grace;
  readonly retryAfterSeconds?: readonly [number, number];
}

/** The first row whose every condition holds decides; what no row knows is `Refused`. */
const table: readonly Row[] = [
  { status: 400, message: /crc32c|md5|checksum|hash/i, type: failureTypes.verificationFailed },
  { status: 400, type: failureTypes.invalidInput },
  { status: 401, type: failureTypes.configuration, grace: 'seconds' },
  { status: 403, reason: /rateLimitExceeded/i, type: failureTypes.transient, retryAfterSeconds: [5, 20] },
  // Retention and holds: whoever set them meant it.
  { status: 403, reason: /retention|hold/i, type: failureTypes.configuration },
  { status: 403, message: /retention policy|under active .*hold/i, type: failureTypes.configuration },
  { status: 403, type: failureTypes.configuration, grace: 'seconds' },
  { status: 404, message: /bucket/i, type: failureTypes.configuration },
  { status: 404, type: failureTypes.notFound },
  { status: 408, type: failureTypes.transient },
  { status: 409, type: failureTypes.conflict },
  { status: 410, type: failureTypes.transient },
  { status: 412, type: failureTypes.conflict },
  { status: 413, type: failureTypes.invalidInput },
  { status: 416, type: failureTypes.invalidInput },
  { status: 429, type: failureTypes.transient, retryAfterSeconds: [5, 20] },
  { statusFrom: 500, type: failureTypes.transient },
  // Whoever is asked for a token: not to be taken for what GCS says of an object.
  { code: /^Http(408|429|5\d\d)$/, type: failureTypes.transient },
  { code: /^invalid_(grant|client|scope|target)$|^unauthorized_client$/, type: failureTypes.configuration },
  {
    message: /default credentials|credentials|client_email|private_key/i,
    type: failureTypes.configuration,
    grace: 'minutes',
  },
  { code: /^(E[A-Z0-9_]{3,}|HPE_\w+|ERR_STREAM_\w+)$/, type: failureTypes.transient },
  { message: /socket hang up|aborted|premature close/i, type: failureTypes.transient },
];

/** Sorts what talking to GCS has thrown by the table. */
export function classifyGcsError(error: unknown): GcsErrorClass {
  const status = error instanceof GcsError ? error.status : undefined;
  const reason = error instanceof GcsError ? error.reason : '';
  const message = messageOf(error);
  const code = status === undefined ? codeOf(error) : '';
  const row = table.find(
    (r) =>
      (r.status === undefined || r.status === status) &&
      (r.statusFrom === undefined || (status !== undefined && status >= r.statusFrom)) &&
      (r.reason === undefined || r.reason.test(reason)) &&
      (r.message === undefined || r.message.test(message)) &&
      (r.code === undefined || r.code.test(code)),
  );
  return {
    type: row?.type ?? failureTypes.refused,
    code: reason || code || (status === undefined ? 'Unknown' : `Http${status}`),
    grace: row?.grace ?? 'none',
    retryAfterSeconds: row?.retryAfterSeconds ?? null,
  };
}

/** Also of the error behind one: whoever is asked for a token wraps what the connection says, or answers with a status. */
function codeOf(error: unknown, depth = 0): string {
  if (typeof error !== 'object' || error === null || depth > 4) return '';
  const { code, cause, status } = error as { code?: unknown; cause?: unknown; status?: unknown };
  if (typeof code === 'string') return code;
  return codeOf(cause, depth + 1) || (typeof status === 'number' ? `Http${status}` : '');
}
