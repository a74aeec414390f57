import { type Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { watchRecoveryPoints } from '../../../../src/client/backup/watchRecoveryPoints';
import { cluster, scheduledTime } from '../../../workflow/fixtures';

test('a large fleet is told while it is still being looked at, with few requests in flight', async () => {
  let looks = 0;
  let inFlight = 0;
  let mostInFlight = 0;
  const handle = {
    describe: async () => {
      looks += 1;
      inFlight += 1;
      mostInFlight = Math.max(mostInFlight, inFlight);
      await new Promise((resolve) => setImmediate(resolve));
      inFlight -= 1;
      return { closeTime: new Date(), raw: {} };
    },
    query: async () => ({ steps: [] }),
    result: async () => ({ state: 'completed', failures: [], notes: [] }),
  };
  const client = {
    options: { loadedDataConverter: { payloadConverter: defaultPayloadConverter, payloadCodecs: [] } },
    workflow: { getHandle: () => handle },
    withDeadline: (_deadline: number, call: () => Promise<unknown>) => call(),
  } as unknown as Client;
  const watched = Array.from({ length: 1000 }, (_, i) => ({
    resource: cluster('999999999999', `panda-${i}`),
    scheduledTime,
  }));

  const looksWhenTold: number[] = [];
  for await (const { state } of watchRecoveryPoints(client, watched)) {
    expect(state).toBe('completed');
    looksWhenTold.push(looks);
  }
  expect(looksWhenTold).toHaveLength(1000);
  expect(looksWhenTold[0]).toBeLessThan(200);
  expect(mostInFlight).toBeLessThanOrEqual(16);
  expect(looks).toBe(1000);
});
