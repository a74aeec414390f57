import {
  ApplicationFailure,
  defaultPayloadConverter,
  type ProtoFailure,
  type SerializationContext,
} from '@temporalio/common';
import { decodeFailure, encodeErrorToFailure } from '@temporalio/common/lib/internal-non-workflow';
import { temporal } from '@temporalio/proto';
import { applicationFailure } from '../../../src/core/applicationFailure';
import { failureConverter } from '../../../src/core/failureConverter';
import { failureTypes } from '../../../src/core/failure';
import { DataKeys } from '../../../src/payloads/dataKeys';
import { EncryptingCodec } from '../../../src/payloads/payloadCodec';
import { PayloadError } from '../../../src/payloads/payloadError';
import { FakeKeyService } from '../../fakes/keyService';

const key = 'arn:aws:kms:eu-west-1:222222222222:key/1';
const secret = 'panda-cluster-1';
let kms: FakeKeyService;
let codec: EncryptingCodec;

beforeEach(() => {
  kms = new FakeKeyService();
  codec = new EncryptingCodec({ writing: key, reading: [key] }, 'default', new DataKeys(kms));
});

/** As a worker of encrypted payloads does it. */
const sent = (error: unknown, context?: SerializationContext) =>
  encodeErrorToFailure(
    { payloadConverter: defaultPayloadConverter, failureConverter, payloadCodecs: [codec] },
    error,
    context,
  );
const received = async (failure: ProtoFailure) =>
  failureConverter.failureToError(await decodeFailure([codec], failure), defaultPayloadConverter) as ApplicationFailure;
const bytesOf = (failure: ProtoFailure) => Buffer.from(temporal.api.failure.v1.Failure.encode(failure).finish());

const failed = () =>
  applicationFailure(failureTypes.configuration, `${secret}: the role may not`, {
    cause: new Error(`AccessDenied: ${secret}`),
    details: { place: secret },
  });

describe('a failure under the codec', () => {
  it('says nothing of what happened but its type, causes, details and stacks included', async () => {
    const failure = await sent(failed());
    expect(failure.message).toBe('Encoded failure');
    expect(failure.applicationFailureInfo?.type).toBe(failureTypes.configuration);
    expect(bytesOf(failure).includes(secret)).toBe(false);
    expect(bytesOf(failure).includes('failures.test')).toBe(false);
  });

  it('is what it was to whoever has the key', async () => {
    const error = await received(await sent(failed()));
    expect(error.message).toBe(`${secret}: the role may not`);
    expect(error.details).toEqual([{ place: secret }]);
    expect((error.cause as Error).message).toBe(`AccessDenied: ${secret}`);
    expect(error.stack).toContain('failures.test');
  });

  it('stays what it was when a workflow passes it on, and says nothing on the way', async () => {
    const again = await sent(await received(await sent(failed())));
    expect(bytesOf(again).includes(secret)).toBe(false);
    const error = await received(again);
    expect(error.message).toBe(`${secret}: the role may not`);
    expect((error.cause as Error).message).toBe(`AccessDenied: ${secret}`);
  });

  it('is hidden also where it came in the clear, from a worker before the codec was switched on', async () => {
    const clear = await encodeErrorToFailure(
      {
        payloadConverter: defaultPayloadConverter,
        failureConverter: { ...failureConverter, errorToFailure: plainly },
        payloadCodecs: [],
      },
      failed(),
    );
    expect(bytesOf(clear).includes(secret)).toBe(true);
    expect(bytesOf(await sent(await received(clear))).includes(secret)).toBe(false);
  });

  it('of the codec itself is told in the clear: nothing else says which key is to be mended', async () => {
    const trouble = new PayloadError('refused', `key ${key} cannot be used`, 'mend it');
    expect(await sent(trouble)).toMatchObject({
      message: `key ${key} cannot be used; mend it`,
      applicationFailureInfo: { type: 'PayloadError' },
    });
    const parsed = ApplicationFailure.fromError(trouble, { message: `Failed to parse: ${trouble.message}` });
    expect((await sent(parsed)).message).toContain(key);
  });

  it('does not end the worker where the key cannot be used: its words are lost, and that is said', async () => {
    kms.trouble = new PayloadError('unreachable', `key ${key} cannot be used now`, 'wait');
    const failure = await sent(failed());
    expect(bytesOf(failure).includes(secret)).toBe(false);
    const error = await received(failure);
    expect(error.type).toBe(failureTypes.configuration);
    expect(error.nonRetryable).toBe(true);
    expect(error.message).toContain(`could not be encrypted, and are lost: key ${key}`);
  });
});

describe('a failure of a workflow, where the key cannot be used', () => {
  it('keeps its words: the task is tried again until they can be encrypted', async () => {
    kms.trouble = new PayloadError('unreachable', `key ${key} cannot be used now`, 'wait');
    const context = { type: 'workflow', namespace: 'default', workflowId: 'w' } as const;
    await expect(sent(failed(), context)).rejects.toBe(kms.trouble);
  });
});

const plainly: typeof failureConverter.errorToFailure = (error, payloads) => {
  const { message, stack, cause } = error as Error;
  return {
    message,
    stackTrace: stack ?? '',
    applicationFailureInfo: { type: 'Configuration', nonRetryable: true },
    ...(cause === undefined ? {} : { cause: plainly(cause, payloads) }),
  };
};
