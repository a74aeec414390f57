import { type Client, ScheduleNotFoundError } from '@temporalio/client';
import { parseFleet } from '../../../../src/config';
import { applyFleet } from '../../../../src/client/fleet/applyFleet';
import { ownerMemo } from '../../../../src/client/fleet/fleetSchedule';
import { InvalidRequestError } from '../../../../src/client/invalidRequestError';
import { searchAttributes } from '../../../../src/core/searchAttributes';
import { knownKinds } from '../../../../src/kinds/registry';
import { fleetText } from '../../config/fleetText';

const fleetOf = (name: string, tier: string) =>
  parseFleet(fleetText.replace('fleet: panda', `fleet: ${name}`).replaceAll('critical', tier), 'fleet.yaml', {
    kinds: knownKinds,
  });

/** A namespace with the schedules that were created in it, by their ids: whose each is, and of which task queue. */
function namespace() {
  const schedules = new Map<string, { readonly owner: string; readonly taskQueue: string }>();
  const customAttributes = Object.fromEntries(Object.values(searchAttributes).map(({ name }) => [name, 2]));
  const client = {
    options: { namespace: 'default', loadedDataConverter: { payloadCodecs: [] } },
    connection: {
      operatorService: { listSearchAttributes: async () => ({ customAttributes }) },
      workflowService: { countWorkflowExecutions: async () => ({}) },
    },
    schedule: {
      async *list() {},
      create: async ({
        scheduleId,
        action,
      }: {
        scheduleId: string;
        action: { taskQueue: string; args: [{ fleet: string }] };
      }) => void schedules.set(scheduleId, { owner: action.args[0].fleet, taskQueue: action.taskQueue }),
      getHandle: (scheduleId: string) => ({
        describe: async () => {
          const found = schedules.get(scheduleId);
          if (found === undefined) throw new ScheduleNotFoundError('there is none', scheduleId);
          return { scheduleId, memo: { [ownerMemo]: found.owner }, action: {}, raw: {} };
        },
        update: async () => void schedules.set(scheduleId, { owner: 'updated', taskQueue: 'updated' }),
      }),
    },
  };
  return { schedules, client: client as unknown as Client };
}

test('a schedule that another fleet has under that name is left to it, and nothing else is made', async () => {
  const { schedules, client } = namespace();
  await applyFleet(client, fleetOf('a-b', 'c'));
  const before = new Map(schedules);
  expect(before.get('fleet-backup-a-b-c')).toEqual({ owner: 'a-b', taskQueue: 'farcopy-a-b' });
  const refused = applyFleet(client, fleetOf('a', 'b-c'));
  await expect(refused).rejects.toThrow(InvalidRequestError);
  await expect(refused).rejects.toThrow('schedule fleet-backup-a-b-c is there already and is not of fleet a');
  expect(schedules).toEqual(before);
});
