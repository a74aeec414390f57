import { Client, type Connection } from '@temporalio/client';
import { defaultPayloadConverter, type Payload, type PayloadCodec } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { latestRounds } from '../../../src/client/backup/lifecycleStatus';
import { latestDrills } from '../../../src/client/drill/latestDrills';
import { DataKeys } from '../../../src/payloads/dataKeys';
import { EncryptingCodec } from '../../../src/payloads/payloadCodec';
import { PayloadError } from '../../../src/payloads/payloadError';
import { FakeKeyService } from '../../fakes/keyService';

const lost = 'arn:aws:kms:eu-west-1:222222222222:key/1';
const other = 'arn:aws:kms:eu-west-1:222222222222:key/2';
const kms = new FakeKeyService();
const codecOf = (key: string) => new EncryptingCodec({ writing: key, reading: [key] }, 'default', new DataKeys(kms));

/** Temporal with one closed workflow, whose memo and result are under {@link lost}, and whoever asks it. */
async function clientOf(workflowId: string, codec: PayloadCodec): Promise<Client> {
  const [payload] = (await codecOf(lost).encode([defaultPayloadConverter.toPayload({ a: 1 })])) as [Payload];
  const { ListWorkflowExecutionsResponse, GetWorkflowExecutionHistoryResponse } = temporal.api.workflowservice.v1;
  const time = { seconds: 1_795_000_000 };
  const execution = {
    execution: { workflowId, runId: 'r' },
    ...{ type: { name: 'x' }, status: 2, startTime: time, closeTime: time, historyLength: 5, historySizeBytes: 5 },
    memo: { fields: { settings: payload } },
    searchAttributes: {},
  };
  const closed = {
    eventType: temporal.api.enums.v1.EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
    workflowExecutionCompletedEventAttributes: { result: { payloads: [payload] } },
  };
  const workflowService = {
    listWorkflowExecutions: async () => ListWorkflowExecutionsResponse.fromObject({ executions: [execution] }),
    getWorkflowExecutionHistory: async () =>
      GetWorkflowExecutionHistoryResponse.fromObject({ history: { events: [closed] } }),
  };
  const connection = { workflowService, plugins: [] } as unknown as Connection;
  return new Client({ connection, dataConverter: { payloadCodecs: [codec] } });
}

afterEach(() => {
  kms.trouble = null;
});

test('a round under a key that is lost is listed, and is said to be unreadable', async () => {
  const [round] = await latestRounds(await clientOf('round', codecOf(other)), 'panda', ['standard']);
  expect(round).toMatchObject({ state: 'COMPLETED', unprotected: { count: 0 } });
  expect(round?.unprotected?.first[0]).toContain(`not readable: a payload is encrypted under key ${lost}`);
});

test('a drill under a key that is lost is listed with its verdict, and is said to be unreadable', async () => {
  const id = 'drill/rds/999999999999/eu-west-1/panda/daily';
  const [drill] = await latestDrills(await clientOf(id, codecOf(other)), 'panda', 0);
  expect(drill).toMatchObject({ verdict: 'passed', drill: 'daily', kind: 'rds' });
  expect(drill?.failures[0]).toContain(`not readable: a payload is encrypted under key ${lost}`);
});

test.each(['unreachable', 'refused'] as const)('a key that is %s ends the list: it can be mended', async (trouble) => {
  const client = await clientOf('round', codecOf(lost));
  kms.trouble = new PayloadError(trouble, 'key k cannot be used', 'mend it');
  await expect(latestRounds(client, 'panda', ['standard'])).rejects.toBe(kms.trouble);
  await expect(latestDrills(client, 'panda', 0)).rejects.toBe(kms.trouble);
});
