import { classifyAwsError, type AwsErrorClass } from '../../../src/clouds/aws/classifyAwsError';
import { type FailureType, type Grace } from '../../../src/core/failure';

interface Row {
  readonly code: string;
  readonly message?: string;
  readonly status?: number;
  readonly type: FailureType;
  readonly grace?: Grace;
  readonly concern?: AwsErrorClass['concern'];
}

/** One line for what each error of AWS means; shape names and wire codes both stand here. */
const rows: readonly Row[] = [
  { code: 'LimitExceeded', message: 'Rate exceeded', type: 'Transient' },
  { code: 'DisabledException', type: 'Configuration', concern: 'key' },
  { code: 'KMSInvalidStateException', type: 'Configuration', concern: 'key' },
  { code: 'NotFoundException', type: 'Configuration', concern: 'key' },
  { code: 'AccessDenied', status: 403, type: 'Configuration', grace: 'seconds', concern: 'permission' },
  { code: 'AccessDeniedException', status: 400, type: 'Configuration', grace: 'seconds', concern: 'permission' },
  { code: 'InvalidClientTokenId', status: 403, type: 'Configuration', concern: 'credentials' },
  { code: 'SignatureDoesNotMatch', status: 403, type: 'Configuration', concern: 'credentials' },
  { code: 'CredentialsProviderError', type: 'Configuration', grace: 'minutes', concern: 'no-credentials' },
  { code: 'NoSuchKey', status: 404, type: 'NotFound' },
  { code: 'NoSuchBucket', status: 404, type: 'Configuration' },
  { code: 'PermanentRedirect', status: 301, type: 'Configuration' },
  { code: 'InvalidObjectState', status: 403, type: 'Configuration' },
  {
    code: 'InvalidRequest',
    status: 400,
    message: 'Bucket is missing Object Lock Configuration',
    type: 'Configuration',
  },
  { code: 'KMS.DisabledException', status: 400, type: 'Configuration', concern: 'key' },
  { code: 'InvalidAccessKeyId', status: 403, type: 'Configuration', concern: 'credentials' },
  { code: 'PreconditionFailed', status: 412, type: 'Conflict' },
  { code: 'ConditionalRequestConflict', status: 409, type: 'Transient' },
  { code: 'BadDigest', status: 400, type: 'VerificationFailed' },
  { code: 'InvalidRange', status: 416, type: 'InvalidInput' },
  { code: 'SlowDown', status: 503, type: 'Transient' },
  { code: 'Throttling', status: 400, type: 'Transient' },
  { code: 'ThrottlingException', status: 400, type: 'Transient' },
  { code: 'RequestLimitExceeded', status: 503, type: 'Transient' },
  { code: 'TooManyRequestsException', status: 429, type: 'Transient' },
  { code: 'ExpiredToken', status: 403, type: 'Transient' },
  { code: 'ExpiredTokenException', status: 400, type: 'Transient' },
  { code: 'InternalFailure', status: 500, type: 'Transient' },
  { code: 'ServiceUnavailable', status: 503, type: 'Transient' },
  { code: 'SomethingNew', status: 502, type: 'Transient' },
  { code: 'TimeoutError', type: 'Transient' },
  { code: 'ECONNRESET', type: 'Transient' },
  { code: 'ENOTFOUND', type: 'Transient' },
  { code: 'InvalidParameterValue', type: 'InvalidInput' },
  { code: 'InvalidParameterCombination', type: 'InvalidInput' },
  { code: 'SomethingNew', status: 400, type: 'Refused' },
];

const awsError = ({ code, message = 'a message', status = 400 }: Row, as: 'name' | 'Code') =>
  Object.assign(new Error(message), { [as]: code, $metadata: { httpStatusCode: status } });

describe('the error table', () => {
  it.each(rows)('$code $message → $type', (row) => {
    for (const as of ['name', 'Code'] as const) {
      expect(classifyAwsError(awsError(row, as))).toMatchObject({
        code: row.code,
        type: row.type,
        grace: row.grace ?? 'none',
        concern: row.concern ?? 'other',
      });
    }
  });

  it('knows a network error by its code, wherever the SDK has wrapped it', () => {
    const socket = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    expect(classifyAwsError(socket).type).toBe('Transient');
    expect(classifyAwsError(new Error('request failed', { cause: socket })).type).toBe('Transient');
    const wrapped = new Error('AWS SDK error wrapper for Error: connect ECONNREFUSED 127.0.0.1:9');
    expect(classifyAwsError(wrapped).type).toBe('Transient');
  });

  it.each([undefined, null, 'a string', {}, 42])('gives %p to a person: refused', (thrown) => {
    expect(classifyAwsError(thrown).type).toBe('Refused');
  });
});
