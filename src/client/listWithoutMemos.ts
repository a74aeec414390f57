import { type Client, WorkflowClient, type WorkflowExecutionInfo } from '@temporalio/client';
import { defaultPayloadConverter, type PayloadCodec } from '@temporalio/common';
import { decoded } from './decoded';

/** Reads no memo: one under a key that is lost would end the list. */
const blind: PayloadCodec = {
  encode: async (payloads) => payloads,
  decode: async (payloads) => payloads.map(() => defaultPayloadConverter.toPayload(null)),
};

/** Lists workflows by what Temporal shows of them, whatever their memos are encrypted under. Lifecycles and those of schedules have one. */
export function listWithoutMemos(
  client: Client,
  options: { readonly query: string; readonly pageSize?: number },
): AsyncIterable<WorkflowExecutionInfo> {
  return withoutMemos(client).list(options);
}

/** Reads nothing that is encrypted. */
export function withoutMemos(client: Client): WorkflowClient {
  const {
    connection,
    options: { namespace, identity },
  } = client;
  return new WorkflowClient({ connection, namespace, identity, dataConverter: { payloadCodecs: [blind] } });
}

/** One memo of a workflow that was listed without them; undefined where it has none, or one that cannot be read. */
export async function readMemo(
  client: Client,
  { raw }: Pick<WorkflowExecutionInfo, 'raw'>,
  name: string,
): Promise<unknown> {
  const memo = raw.memo?.fields?.[name];
  if (!memo) return undefined;
  try {
    const [payload] = await decoded(client, [memo]);
    return payload && client.options.loadedDataConverter.payloadConverter.fromPayload(payload);
  } catch {
    return undefined;
  }
}
