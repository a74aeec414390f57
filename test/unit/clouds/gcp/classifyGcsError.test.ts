import { classifyGcsError, GcsError } from '../../../../src/clouds/gcp/classifyGcsError';

const answer = (status: number, reason = '', message = '') => new GcsError(status, reason, message, null);
const broken = (code: string, message = code) => Object.assign(new Error(message), { code });

describe('classifyGcsError', () => {
  it.each<[string, unknown, string]>([
    ['a wrong checksum', answer(400, 'invalid', 'Provided CRC32C "AAAAAA==" doesn\'t match'), 'VerificationFailed'],
    ['a request that makes no sense', answer(400, 'invalid', 'Invalid argument.'), 'InvalidInput'],
    ['credentials that are no good', answer(401, 'authError', 'Invalid Credentials'), 'Configuration'],
    ['a missing permission', answer(403, 'forbidden', 'does not have storage.objects.create access'), 'Configuration'],
    ['a retained object', answer(403, 'retentionPolicyNotMet', 'is subject to retention policy'), 'Configuration'],
    ['too many requests, as 403', answer(403, 'userRateLimitExceeded'), 'Transient'],
    ['no such object', answer(404, 'notFound', 'No such object: panda-backups/x'), 'NotFound'],
    ['no such bucket', answer(404, 'notFound', 'The specified bucket does not exist.'), 'Configuration'],
    ['a precondition', answer(412, 'conditionNotMet'), 'Conflict'],
    ['another change at the same time', answer(409, 'conflict'), 'Conflict'],
    ['too many requests', answer(429, 'rateLimitExceeded'), 'Transient'],
    ['trouble of theirs', answer(503, 'backendError'), 'Transient'],
    ['trouble of theirs, of another number', answer(599), 'Transient'],
    ['a connection that broke', broken('ECONNRESET'), 'Transient'],
    ['a connection that broke while idle', broken('', 'socket hang up'), 'Transient'],
    ['a host nobody knows for the moment', broken('EAI_AGAIN'), 'Transient'],
    ['credentials nobody has set', new Error('Could not load the default credentials.'), 'Configuration'],
    ['whoever gives tokens, when busy', Object.assign(new Error('status code 503'), { status: 503 }), 'Transient'],
    [
      'whoever gives tokens, when there is none',
      Object.assign(new Error('status code 404'), { status: 404 }),
      'Refused',
    ],
    ['a key that was withdrawn', broken('invalid_grant'), 'Configuration'],
    ['what nobody has seen yet', answer(418), 'Refused'],
  ])('sorts %s', (_, error, type) => {
    expect(classifyGcsError(error).type).toBe(type);
  });

  it('waits a while longer where GCS asks for less', () => {
    expect(classifyGcsError(answer(429)).retryAfterSeconds).toEqual([5, 20]);
  });

  it('gives a grant time to reach all of Google', () => {
    expect(classifyGcsError(answer(403, 'forbidden')).grace).toBe('seconds');
    expect(classifyGcsError(answer(403, 'retentionPolicyNotMet')).grace).toBe('none');
  });
});
