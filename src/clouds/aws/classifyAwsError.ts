import { type FailureType, failureTypes, type Grace, messageOf } from '../../core/failure';

/** What an error of AWS means for Farcopy. */
export interface AwsErrorClass {
  readonly type: FailureType;
  /** AWS's own code, as the error carries it. */
  readonly code: string;
  /** How often it is met before it is believed, see {@link Grace}. */
  readonly grace: Grace;
  /** What is missing: decides the wording and the section of docs/security.md. */
  readonly concern: Concern;
  /** How long to wait before the next try: a random time between the two. Null leaves it to the retry policy. */
  readonly retryAfterSeconds: readonly [number, number] | null;
}

export type Concern = 'key' | 'permission' | 'credentials' | 'no-credentials' | 'default-key' | 'share' | 'other';

/** A row of the table: which errors it is for, and their meaning. */
export interface AwsErrorRow {
  /** Codes without `Fault` and `Exception`: the SDK's shape name has such an ending where the wire code often has none. */
  readonly codes?: readonly string[];
  /** Codes of whole families, which no list can name. */
  readonly codePattern?: RegExp;
  readonly message?: RegExp;
  /** The HTTP status, undefined where there was no answer. */
  readonly status?: (status: number | undefined) => boolean;
  readonly type: FailureType;
  readonly grace?: Grace;
  readonly concern?: Concern;
  readonly retryAfterSeconds?: readonly [number, number];
}

/** Codes that say "too many at once". */
const throttling = [
  'Throttling',
  'Throttled',
  'ThrottledRequest',
  'RequestThrottled',
  'RequestLimitExceeded',
  'TooManyRequests',
  'BandwidthLimitExceeded',
  'PriorRequestNotComplete',
  'LimitExceeded',
  'SlowDown',
] as const;

/**
 * The rows of every service. The first row whose every condition holds decides; what no row knows is `Refused`.
 * Codes are the `error` traits of the API models of KMS, STS and Organizations, and the common errors of the query protocol;
 * messages are matched only where one code has two meanings.
 */
const ofEveryService: readonly AwsErrorRow[] = [
  {
    codes: ['Disabled', 'KMSInvalidState', 'NotFound', 'InvalidKeyUsage'],
    type: failureTypes.configuration,
    concern: 'key',
  },
  {
    codes: ['AccessDenied', 'UnauthorizedOperation', 'NotAuthorized'],
    type: failureTypes.configuration,
    grace: 'seconds',
    concern: 'permission',
  },
  {
    codes: ['CredentialsProviderError', 'TokenProviderError'],
    type: failureTypes.configuration,
    grace: 'minutes',
    concern: 'no-credentials',
  },
  {
    codes: [
      'InvalidClientTokenId',
      'UnrecognizedClient',
      'SignatureDoesNotMatch',
      'InvalidSignature',
      'RequestTimeTooSkewed',
      'MissingAuthenticationToken',
      'IncompleteSignature',
      'AuthFailure',
      'OptInRequired',
      'RegionDisabled',
    ],
    type: failureTypes.configuration,
    concern: 'credentials',
  },

  // S3: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
  {
    codes: ['NoSuchKey', 'NoSuchVersion', 'NoSuchUpload'],
    type: failureTypes.notFound,
  },
  {
    codes: [
      'NoSuchBucket',
      'InvalidBucketName',
      'PermanentRedirect',
      'AuthorizationHeaderMalformed',
      'InvalidObjectState',
    ],
    type: failureTypes.configuration,
  },
  { codes: ['InvalidRequest'], message: /object lock|retention/i, type: failureTypes.configuration },
  { codes: ['KMS.Disabled', 'KMS.NotFound', 'KMS.KMSInvalidState'], type: failureTypes.configuration, concern: 'key' },
  { codes: ['AllAccessDisabled', 'AccountProblem'], type: failureTypes.configuration, concern: 'permission' },
  { codes: ['InvalidAccessKeyId', 'InvalidToken'], type: failureTypes.configuration, concern: 'credentials' },
  { codes: ['PreconditionFailed'], type: failureTypes.conflict },
  // Two writers at the same moment: whoever is told so looks again.
  { codes: ['ConditionalRequestConflict', 'OperationAborted'], type: failureTypes.transient },
  {
    codes: ['BadDigest', 'InvalidDigest', 'XAmzContentSHA256Mismatch', 'XAmzContentChecksumMismatch', 'IncompleteBody'],
    type: failureTypes.verificationFailed,
  },
  { codes: ['InvalidRange', 'InvalidArgument', 'EntityTooLarge', 'KeyTooLongError'], type: failureTypes.invalidInput },

  { codes: throttling, type: failureTypes.transient, retryAfterSeconds: [5, 20] },
  { codes: ['ExpiredToken', 'RequestExpired', 'TokenRefreshRequired'], type: failureTypes.transient },

  {
    codes: [
      'InvalidParameterValue',
      'InvalidParameterCombination',
      'InvalidInput',
      'InvalidArn',
      'MissingParameter',
      'MalformedQueryString',
      'Validation',
      'ValidationError',
    ],
    type: failureTypes.invalidInput,
  },

  {
    codes: [
      'InternalFailure',
      'InternalError',
      'InternalServerError',
      'ServiceUnavailable',
      'Service',
      'ServiceError',
      'KMSInternal',
      'DependencyTimeout',
      'IDPCommunicationError',
      'RequestTimeout',
      'TimeoutError',
      'NetworkingError',
      'ECONNRESET',
      'ECONNREFUSED',
      'ECONNABORTED',
      'EPIPE',
      'ETIMEDOUT',
      'EHOSTUNREACH',
      'ENETUNREACH',
      'ENETDOWN',
      'ENOTFOUND',
      'EAI_AGAIN',
      'ERR_STREAM_PREMATURE_CLOSE',
      'UND_ERR_SOCKET',
    ],
    type: failureTypes.transient,
  },
  // The SDK's words around what it does not recognise as an error: the connection's (of another realm), never AWS's answer.
  { message: /^AWS SDK error wrapper for /, type: failureTypes.transient },
  { status: (status = 0) => status >= 500 || status === 429, type: failureTypes.transient },
  // No answer of AWS: the connection, a proxy, or an answer cut short. A refusal by AWS has a status of 4xx.
  { codePattern: /^(E[A-Z0-9]{3,}|HPE_\w+)$/, type: failureTypes.transient },
  { message: /socket hang up/i, type: failureTypes.transient },
  { status: (status = 400) => status < 400 || status === 407, type: failureTypes.transient },
];

/**
 * Rows of the call that assumes a role: the only one that this process makes with credentials of its own. Here, expired ones
 * are not those of a role, which would be assumed anew, and a file that is not there is that of a web identity's token.
 */
export const ofOwnCredentials: readonly AwsErrorRow[] = [
  {
    codes: ['ExpiredToken', 'ENOENT', 'EACCES', 'InvalidIdentityToken', 'IDPRejectedClaim'],
    type: failureTypes.configuration,
    grace: 'minutes',
    concern: 'no-credentials',
  },
];

/**
 * Sorts an error of the AWS SDK by the one table: the rows of the service that was called, and behind them those of every
 * service, since one code means other things in other services. `err.name` (the shape) and `err.Code` (the wire code) count
 * alike.
 */
export function classifyAwsError(error: unknown, ofService: readonly AwsErrorRow[] = []): AwsErrorClass {
  const codes = codesOf(error);
  const stems = codes.map(stemOf);
  const message = messageOf(error);
  const status = statusOf(error);
  const row = [...ofService, ...ofEveryService].find(
    (r) =>
      (r.codes === undefined || r.codes.some((code) => stems.includes(code))) &&
      (r.codePattern === undefined || codes.some((code) => r.codePattern?.test(code))) &&
      (r.message === undefined || r.message.test(message)) &&
      (r.status === undefined || r.status(status)),
  );
  return {
    type: row?.type ?? failureTypes.refused,
    code: codes[0] ?? 'Unknown',
    grace: row?.grace ?? 'none',
    concern: row?.concern ?? 'other',
    retryAfterSeconds: row?.retryAfterSeconds ?? null,
  };
}

/** Whether AWS took a call for one too many at the moment. */
export function isThrottling(error: unknown): boolean {
  const stems = codesOf(error).map(stemOf);
  return statusOf(error) === 429 || throttling.some((code) => stems.includes(code));
}

const stemOf = (code: string) => code.replace(/(Fault|Exception)$/, '');

/** Every code an error and its causes carry, the outermost first; a bare `Error` says nothing. */
function codesOf(error: unknown, depth = 0): string[] {
  if (typeof error !== 'object' || error === null || depth > 4) return [];
  const { name, Code, code, cause } = error as { name?: unknown; Code?: unknown; code?: unknown; cause?: unknown };
  const own = [Code, name, code].filter((c): c is string => typeof c === 'string' && c !== '' && c !== 'Error');
  return [...new Set([...own, ...codesOf(cause, depth + 1)])];
}

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } } | null | undefined)?.$metadata?.httpStatusCode;
}
