import { type Client } from '@temporalio/client';
import { type Payload } from '@temporalio/common';

/**
 * Payloads as they were before they were encrypted, of what the SDK hands out as it came.
 *
 * @throws PayloadError
 */
export async function decoded(client: Client, payloads: Payload[]): Promise<Payload[]> {
  for (const codec of client.options.loadedDataConverter.payloadCodecs.toReversed())
    payloads = await codec.decode(payloads);
  return payloads;
}
