import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { tsToMs } from '@temporalio/common/lib/time';
import { type temporal } from '@temporalio/proto';

export type Failure = temporal.api.failure.v1.IFailure;
type Duration = Parameters<typeof tsToMs>[0];

export const payloadsOf = (values: readonly unknown[]): Payload[] =>
  values.map((value) => defaultPayloadConverter.toPayload(value));

export const valuesOf = (payloads: readonly Payload[] | null | undefined): unknown[] =>
  (payloads ?? []).map((payload) => defaultPayloadConverter.fromPayload(payload));

export const milliseconds = (duration: Duration): number | null =>
  duration === null || duration === undefined ? null : tsToMs(duration);

/** What the server counts of payloads. */
export function bytesOf(payloads: readonly (Payload | null | undefined)[] | null | undefined): number {
  let bytes = 0;
  for (const payload of payloads ?? []) bytes += (payload?.data?.length ?? 0) + 40;
  return bytes;
}

export function bytesOfFailure(failure: Failure | null | undefined): number {
  if (!failure) return 0;
  const { message, stackTrace, applicationFailureInfo, cause } = failure;
  return (
    (message?.length ?? 0) +
    (stackTrace?.length ?? 0) +
    bytesOf(applicationFailureInfo?.details?.payloads) +
    bytesOfFailure(cause) +
    50
  );
}
