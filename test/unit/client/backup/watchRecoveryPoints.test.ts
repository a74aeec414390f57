import { type Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { renderProgress } from '../../../../src/client/backup/progress';
import { watchRecoveryPoints } from '../../../../src/client/backup/watchRecoveryPoints';
import { recoveryPointId, recoveryPointWorkflowId } from '../../../../src/core/naming';
import { type StepReport } from '../../../../src/core/steps/stepGraph';
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

test('of a fleet with one busy database it is told why that waits, and the others end meanwhile', async () => {
  const busy = (next: string): StepReport => ({
    ...{ step: 'snapshot', state: 'waiting', waitingFor: 'a busy resource', message: 'it is modifying' },
    ...{ since: '2026-11-21T02:00:01Z', next },
  });
  const running: StepReport = { step: 'snapshot', state: 'running' };
  /** Where each stands at one look after the other; behind that it has ended. */
  const standing: Readonly<Record<string, readonly StepReport[]>> = {
    'panda-1': [running],
    'panda-2': [busy('2026-11-21T02:00:31Z'), busy('2026-11-21T02:01:01Z'), busy('2026-11-21T02:01:31Z'), running],
    'panda-3': [running, running],
  };
  const watched = Object.keys(standing).map((id) => ({ resource: cluster('999999999999', id), scheduledTime }));
  const looks = new Map<string, number>();
  const handleOf = (workflowId: string) => {
    const found = watched.find(
      ({ resource }) => recoveryPointWorkflowId(recoveryPointId(resource, scheduledTime)) === workflowId,
    );
    const id = found?.resource.id ?? '';
    const now = () => standing[id]?.[(looks.get(id) ?? 0) - 1];
    return {
      describe: async () => {
        looks.set(id, (looks.get(id) ?? 0) + 1);
        return { closeTime: now() === undefined ? new Date() : undefined, raw: {} };
      },
      query: async () => ({ steps: [now() ?? { step: 'snapshot', state: 'done' }] }),
      result: async () => ({ state: 'completed', failures: [], notes: [] }),
    };
  };
  const client = {
    options: { loadedDataConverter: { payloadConverter: defaultPayloadConverter, payloadCodecs: [] } },
    workflow: { getHandle: handleOf },
    withDeadline: (_deadline: number, call: () => Promise<unknown>) => call(),
  } as unknown as Client;

  let said = '';
  const output = { write: (text: string) => (said += text) };
  const ends = await renderProgress(watchRecoveryPoints(client, watched, { pollSeconds: 0.001 }), output, {
    now: () => Date.parse(scheduledTime),
    nameOf: ({ id }) => id,
  });
  expect(ends.map(({ resource: { id }, state }) => `${id} ${state}`)).toEqual([
    'panda-1 completed',
    'panda-2 completed',
    'panda-3 completed',
  ]);
  expect(said.trimEnd().split('\n')).toEqual(
    [
      'panda-1: snapshot running',
      'panda-2: snapshot waits for a busy resource since 02:00:01, next 02:00:31: it is modifying',
      'panda-3: snapshot running',
      'panda-1: snapshot done',
      'panda-1: completed',
      'panda-3: snapshot done',
      'panda-3: completed',
      'panda-2: snapshot running',
      'panda-2: snapshot done',
      'panda-2: completed',
    ].map((line) => `02:00:00 ${line}`),
  );
});
