import { Client, type Connection } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { lookAtTemporal } from '../../../../src/client/report/lookAtTemporal';
import { type FleetClouds } from '../../../../src/activities/catalogue/fleetClouds';
import { lookedAt, lookedFleet } from '../../../fakes/fleetLook';

/** A Temporal that lets workflows be listed, and refuses everything else. */
function clientThatLists(): Client {
  const { ListWorkflowExecutionsResponse } = temporal.api.workflowservice.v1;
  const execution = {
    execution: { workflowId: 'protect/aurora-cluster/999999999999/eu-west-1/shop', runId: 'r' },
    ...{ type: { name: 'protectResource' }, status: 1, startTime: { seconds: 1_795_000_000 } },
    searchAttributes: {},
  };
  const lists = async ({ query }: { query: string }) =>
    ListWorkflowExecutionsResponse.fromObject({ executions: query.includes('protectResource') ? [execution] : [] });
  const workflowService = new Proxy(
    {},
    {
      get: (_, name) =>
        name === 'listWorkflowExecutions' ? lists : () => Promise.reject(new Error(`denied: ${String(name)}`)),
    },
  );
  const connection = { workflowService, plugins: [] } as unknown as Connection;
  return new Client({ connection });
}

test('what Temporal refuses is told, and what it has told stands', async () => {
  const clouds = {} as Pick<FleetClouds, 'access'>;
  const { signal } = new AbortController();
  const { temporal: found, unreadable } = await lookAtTemporal(
    lookedFleet,
    clouds,
    clientThatLists(),
    lookedAt,
    signal,
  );
  expect(found.lifecycles).toMatchObject([{ id: 'shop', glance: null }]);
  expect(unreadable.map(({ where }) => where).sort()).toEqual(['the history in Temporal', 'the schedules in Temporal']);
  // Nobody knows how far back the drills reach, so none is called missing.
  expect(found).toMatchObject({ schedules: [], drills: [], drillsSince: null });
});
