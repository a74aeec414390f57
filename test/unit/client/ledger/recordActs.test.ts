import { type Client } from '@temporalio/client';
import { recordActs } from '../../../../src/client/ledger/recordActs';
import { type RecordLaterInput } from '../../../../src/core/ledger/entry';
import { workflowInputs } from '../../../../src/core/messages/inputs';
import { parsed } from '../../../../src/core/messages/shape';

test('acts of commands are entries that workers take, each under an id of its own', async () => {
  const started: { workflowId: string; args: [RecordLaterInput] }[] = [];
  const start = async (_: string, options: (typeof started)[number]) => void started.push(options);
  const act = { tier: null, resource: null, told: { by: 'anna@laptop', why: 'ticket 4711' }, now: 1_795_000_000_000 };
  await recordActs({ workflow: { start } } as unknown as Client, 'panda', [
    { ...act, outcome: 'close-alert', what: 'round/standard' },
    { ...act, outcome: 'close-alert', what: 'round/critical' },
    { ...act, outcome: 'cancel', tier: 'standard', what: 'rounds of tier standard' },
  ]);
  const entries = started.map(({ args: [input] }) => parsed(workflowInputs.recordLater, input, 'recordLater').entry);
  expect(entries).toMatchObject([
    { type: 'act', outcome: 'close-alert', reason: 'round/standard', asToldByCaller: act.told },
    { type: 'act', outcome: 'close-alert', reason: 'round/critical' },
    { type: 'act', outcome: 'cancel', tier: 'standard', reason: 'rounds of tier standard' },
  ]);
  expect(new Set(started.map(({ workflowId }) => workflowId)).size).toBe(3);
});
