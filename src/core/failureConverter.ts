import {
  DefaultFailureConverter,
  type FailureConverter,
  type Payload,
  type PayloadConverter,
  type ProtoFailure,
} from '@temporalio/common';
import { payloadErrorName, wordsOfFailure } from './payloadMarks';

const plain = new DefaultFailureConverter();

/** As the SDK's own converter says it, whose failures the Temporal UI knows. */
const hiddenMessage = 'Encoded failure';

/**
 * Puts messages and stacks of failures, causes included, into payloads, so that the payload codec encrypts them. Workers load it by
 * its path, and so does the bundle of workflows (docs/design/0021-payload-codec.md).
 */
export const failureConverter: FailureConverter = {
  failureToError: (failure, payloads, context) => plain.failureToError(failure, payloads, context),
  errorToFailure(error, payloads, context) {
    const failure = plain.errorToFailure(error, payloads, context);
    if (!isOfCodec(error, failure)) return hidden(failure, payloads);
    return { applicationFailureInfo: { type: payloadErrorName }, ...failure, stackTrace: '', cause: null };
  },
};

/** It names a key and what KMS says of it. Whoever has to mend that may be unable to decrypt, and nothing could be encrypted. */
function isOfCodec(error: unknown, { applicationFailureInfo }: ProtoFailure): boolean {
  return (error as Error | null)?.name === payloadErrorName || applicationFailureInfo?.type === payloadErrorName;
}

function hidden(failure: ProtoFailure, payloads: PayloadConverter): ProtoFailure {
  const { cause, applicationFailureInfo } = failure;
  const within = cause ? { cause: hidden(cause, payloads) } : {};
  return {
    ...failure,
    ...within,
    message: hiddenMessage,
    stackTrace: '',
    encodedAttributes: marked(failure.encodedAttributes ?? words(failure, payloads)),
    ...(applicationFailureInfo?.details?.payloads
      ? {
          applicationFailureInfo: {
            ...applicationFailureInfo,
            details: { payloads: applicationFailureInfo.details.payloads.map(marked) },
          },
        }
      : {}),
  };
}

const words = ({ message, stackTrace }: ProtoFailure, payloads: PayloadConverter): Payload =>
  payloads.toPayload({ message, stack_trace: stackTrace });

/** The codec must not throw for a failure's own payloads: a worker that cannot even say why ends (@temporalio/worker 1.24). */
const marked = (payload: Payload): Payload => ({
  ...payload,
  metadata: { ...payload.metadata, [wordsOfFailure]: new Uint8Array([1]) },
});
