import { KMSClient } from '@aws-sdk/client-kms';
import { encodeErrorToFailure, loadDataConverter } from '@temporalio/common/lib/internal-non-workflow';
import { temporal } from '@temporalio/proto';
import { failed } from '../../../src/client/fleet/finding';
import { type PayloadError } from '../../../src/payloads';
import { KmsKeyService } from '../../../src/payloads/kmsKeyService';
import { openPayloads } from '../../../src/payloads/payloads';
import { logLine } from '../../../src/worker/workerLog';

const key = 'arn:aws:kms:eu-west-1:222222222222:key/1';
const token = 'IQoJb3JpZ2luX2VjEXAMPLE';

afterEach(() => jest.restoreAllMocks());

/** What comes of it when KMS answers with an error. */
async function met(code: string, said: string): Promise<PayloadError> {
  jest.spyOn(KMSClient.prototype, 'send').mockImplementation(() => {
    throw Object.assign(new Error(said), { name: code, $metadata: { httpStatusCode: 400 } });
  });
  return new KmsKeyService('default').unwrap(key, new Uint8Array(1)).then(
    () => Promise.reject(new Error('KMS has answered')),
    (error: unknown) => error as PayloadError,
  );
}

const repeating = `The signature does not match. The Canonical String for this request should have been x-amz-security-token:${token}`;

test.each([
  ['damaged', 'InvalidCiphertextException'],
  ['unreachable', 'ThrottlingException'],
  ['refused', 'SignatureDoesNotMatch'],
])('what KMS says is told without the session token, in logs and histories: %s', async (trouble, code) => {
  const error = await met(code, repeating);
  expect(error).toMatchObject({ name: 'PayloadError', trouble });
  const line = logLine({ level: 'WARN', message: 'Activity failed', timestampNanos: 1n, meta: { error } });
  expect(line).toContain(code);
  expect(line).not.toContain(token);
  // A worker that only reads has the SDK's own failure converter.
  const { dataConverter } = openPayloads({ writing: null, reading: [key] }, 'default');
  const failure = await encodeErrorToFailure(loadDataConverter(dataConverter), error);
  const bytes = Buffer.from(temporal.api.failure.v1.Failure.encode(failure).finish());
  expect(bytes.includes(code)).toBe(true);
  expect(bytes.includes(token)).toBe(false);
});

test('a key that cannot be reached is told as what may work later, one that is refused is not', async () => {
  const state = async (code: string) => failed('schedules', 'x', await met(code, 'no'), null).state;
  expect(await state('ThrottlingException')).toBe('unreachable');
  expect(await state('AccessDeniedException')).toBe('failed');
});
