import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { awsCall, toFailure, type AwsCall } from '../../../src/clouds/aws/awsFailure';
import { rdsErrorRows } from '../../../src/kinds/rds/errorRows';

const call: AwsCall = {
  subject: 'cluster panda-cluster-1',
  account: '999999999999',
  region: 'eu-west-1',
  access: 'vault',
  action: 'rds:CopyDBClusterSnapshot',
  errors: rdsErrorRows,
};
const keyArn = 'arn:aws:kms:eu-west-1:999999999999:key/6f5b0b0e-5f3a-4c69-9d0e-000000000001';
const awsError = (name: string, message: string) =>
  Object.assign(new Error(message), { name, $metadata: { requestId: 'r-1' } });
const failure = (name: string, message: string, of: Partial<AwsCall> = {}) =>
  toFailure(awsError(name, message), { ...call, ...of }) as ApplicationFailure;

describe('a failure of AWS', () => {
  it('under a key names the role, the action and the key, and where to read on', () => {
    const text = `User: arn:aws:sts::111111111111:assumed-role/farcopy-vault/farcopy is not authorized to perform: kms:CreateGrant on resource: ${keyArn}`;
    for (const name of ['KMSKeyNotAccessibleFault', 'AccessDenied']) {
      const { message, type, nonRetryable, details } = failure(name, text);
      expect(message).toContain(
        'cluster panda-cluster-1 (999999999999/eu-west-1): the vault role may not kms:CreateGrant on key',
      );
      expect(message).toContain(
        `${keyArn}, or the key is not usable; add it to the key policy, see docs/security.md#keys`,
      );
      expect({ type, nonRetryable }).toEqual({ type: 'Configuration', nonRetryable: true });
      expect(details?.[0]).toMatchObject({
        grace: 'seconds',
        action: 'kms:CreateGrant',
        key: keyArn,
        role: 'vault',
        requestId: 'r-1',
      });
    }
  });

  it('under a key names what is needed where AWS names no action, and the key of the call where it names none', () => {
    const { message } = failure('KMSKeyNotAccessibleFault', 'The key is not accessible.', { key: 'alias/farcopy' });
    expect(message).toContain('kms:CreateGrant, kms:DescribeKey, kms:Decrypt');
    expect(message).toContain('on key alias/farcopy');
  });

  it.each([
    ['DisabledException', 'key arn:aws:kms:eu-west-1:999999999999:key/1 is disabled.', /is disabled; enable it, see/],
    ['KMS.DisabledException', 'disabled', /key alias\/farcopy is disabled; enable it, see/],
    ['KMSInvalidStateException', 'is pending deletion.', /enable it, or cancel its deletion, see/],
    [
      'NotFoundException',
      'Alias is not found.',
      /there is no key alias\/farcopy in 999999999999\/eu-west-1; make it there, with a policy that lets the vault role/,
    ],
    [
      'KMSKeyNotAccessibleFault',
      'does not exist, is not enabled or …',
      /add them to the key policy, enable it, or make it/,
    ],
  ])('under a key (%s) says what mends it', (name, text, advice) => {
    const { message } = failure(name, text, { key: 'alias/farcopy' });
    expect(message).toMatch(advice);
    if (!name.startsWith('KMSKey')) expect(message).not.toContain('key policy');
  });

  it('for want of a permission names the role and the action', () => {
    const { message, details } = failure(
      'AccessDenied',
      'User: x is not authorized to perform: rds:AddTagsToResource on resource: y',
    );
    expect(message).toContain('the vault role may not rds:AddTagsToResource; allow it in the role');
    expect(details?.[0]).toMatchObject({ action: 'rds:AddTagsToResource', grace: 'seconds' });
  });

  it('to find what another account shares may be a share on its way', () => {
    const fault = 'DBClusterSnapshotNotFoundFault';
    const missing = failure(fault, 'not found', { readsShared: true });
    expect(missing).toMatchObject({ type: 'Configuration', details: [{ grace: 'seconds' }] });
    expect(missing.message).toContain('not there, or not shared');
    expect(failure(fault, 'not found')).toMatchObject({
      type: 'NotFound',
      nonRetryable: true,
      details: [{ grace: 'none' }],
    });
  });

  it('that is a wait for a slot is benign, retried, and tells when', () => {
    const waiting = failure('SnapshotQuotaExceededFault', 'Cannot copy more than 5 snapshots across regions');
    expect(waiting.category).toBe(ApplicationFailureCategory.BENIGN);
    expect(waiting.nonRetryable).toBe(false);
    expect(waiting.nextRetryDelay).toBeGreaterThanOrEqual(20_000);
    expect(waiting.nextRetryDelay).toBeLessThanOrEqual(40_000);
  });

  it('that is no wait is not benign, and keeps its cause', () => {
    const error = awsError('Throttling', 'Rate exceeded');
    const throttled = toFailure(error, call) as ApplicationFailure;
    expect(throttled).toMatchObject({ type: 'Transient', nonRetryable: false, cause: error });
    expect(throttled.category).not.toBe(ApplicationFailureCategory.BENIGN);
  });

  it('shows no secret, in the message as in the cause', () => {
    const secret = 'FwoGZXIvYXdzEJr';
    const texts = [
      `The request signature we calculated does not match.\n\nThe Canonical String for this request should have been\n'POST\nx-amz-security-token:${secret}'`,
      `Invalid PreSignedUrl https://rds.eu-west-1.amazonaws.com/?X-Amz-Security-Token=${secret}&X-Amz-Date=1`,
      `The key ASIAIOSFODNN7${secret.toUpperCase()} is unknown`,
    ];
    for (const text of texts) {
      const { message, cause } = failure('SignatureDoesNotMatch', text);
      expect(message.toUpperCase()).not.toContain(secret.toUpperCase());
      expect(cause?.message.toUpperCase()).not.toContain(secret.toUpperCase());
      expect(cause?.name).toBe('SignatureDoesNotMatch');
    }
  });

  it('leaves alone what is a failure already, and an abort of the caller', async () => {
    const known = ApplicationFailure.nonRetryable('x', 'Conflict');
    await expect(awsCall(call, undefined, () => Promise.reject(known))).rejects.toBe(known);
    const abort = Object.assign(new Error('Request aborted'), { name: 'AbortError' });
    await expect(awsCall(call, AbortSignal.abort(), () => Promise.reject(abort))).rejects.toBe(abort);
  });
});
