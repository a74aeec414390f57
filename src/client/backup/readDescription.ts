import { type Client, type WorkflowExecutionDescription } from '@temporalio/client';
import { decoded } from '../decoded';

/**
 * What Temporal tells of a workflow's pending activities, with payloads and failures as they were before they were encrypted. The SDK
 * hands them out as they came.
 *
 * @throws PayloadError
 */
export async function readDescription<D extends Pick<WorkflowExecutionDescription, 'raw'>>(
  client: Client,
  description: D,
): Promise<D> {
  const { payloadConverter, failureConverter } = client.options.loadedDataConverter;
  const pendingActivities = await Promise.all(
    (description.raw.pendingActivities ?? []).map(async (pending) => {
      const { heartbeatDetails, lastFailure } = pending;
      const read = {
        ...pending,
        ...(heartbeatDetails?.payloads
          ? { heartbeatDetails: { payloads: await decoded(client, heartbeatDetails.payloads) } }
          : {}),
      };
      if (!lastFailure) return read;
      const { encodedAttributes, applicationFailureInfo: info } = lastFailure;
      const failure = {
        ...lastFailure,
        ...(encodedAttributes ? { encodedAttributes: (await decoded(client, [encodedAttributes]))[0] ?? null } : {}),
        ...(info?.details?.payloads
          ? { applicationFailureInfo: { ...info, details: { payloads: await decoded(client, info.details.payloads) } } }
          : {}),
      };
      if (!encodedAttributes) return { ...read, lastFailure: failure };
      const { message } = failureConverter.failureToError({ ...failure, cause: null }, payloadConverter);
      return { ...read, lastFailure: { ...failure, message } };
    }),
  );
  return { ...description, raw: { ...description.raw, pendingActivities } };
}
