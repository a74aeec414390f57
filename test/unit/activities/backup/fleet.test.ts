import { type DiscoveredPage, FleetRound, type ResourceAnswer } from '../../../../src/core/backup/fleetRound';
import { type Client, WorkflowFailedError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { type FleetDependencies, fleetActivities } from '../../../../src/activities/backup/fleet';
import { applicationFailure } from '../../../../src/core/applicationFailure';
import { failureTypes } from '../../../../src/core/failure';
import { recoveryPointId, recoveryPointWorkflowId } from '../../../../src/core/naming';
import { type ResourceRef } from '../../../../src/core/resource';
import { type KindOperations } from '../../../../src/kinds/kind';
import { PayloadError } from '../../../../src/payloads';
import { cluster, fleet, policy, scheduledTime } from '../../../workflow/fixtures';

/** Failures are the point of these tests. */
const silent = { logger: new DefaultLogger('ERROR', () => undefined) };
const hour = 3600_000;
const scheduled = Date.UTC(2026, 10, 21, 2);
const ended = cluster('999999999999', 'panda-cluster-1');
const hung = cluster('999999999999', 'panda-cluster-2');

const dependencies: FleetDependencies = {
  kinds: [],
  unprotectedIn: async () => [],
  scopes: async () => [],
  tierOf: () => ({ tier: 'standard' }),
  policyOf: () => policy(),
  pace: { take: () => 0, answered: () => undefined },
};
const activities = fleetActivities(dependencies);

/** The part of Temporal that an activity calls; the SDK runs every activity with its client bound to the cancellation. */
const asClient = (part: object) =>
  ({ ...part, withAbortSignal: (_signal: AbortSignal, run: () => Promise<unknown>) => run() }) as unknown as Client;

describe('collecting how the recovery points of a round ended', () => {
  const endedId = recoveryPointWorkflowId(recoveryPointId(ended, scheduledTime));
  /** Temporal, where one recovery point was cancelled and everything else still runs. */
  const client = {
    workflow: {
      getHandle: (workflowId: string) => ({
        describe: async () =>
          workflowId === endedId
            ? { closeTime: new Date(scheduled), status: { name: 'CANCELLED' } }
            : { closeTime: undefined, status: { name: 'RUNNING' } },
      }),
    },
  };
  const collectAfter = (hours: number) =>
    new MockActivityEnvironment(
      { scheduledTimestampMs: scheduled, currentAttemptScheduledTimestampMs: scheduled + hours * hour },
      { ...silent, client: asClient(client) },
    ).run(
      activities.collectOutcomes,
      [ended, hung].map((resource) => ({ resource, scheduledTime })),
      15,
    );

  it('waits for all of them within two days', async () => {
    await expect(collectAfter(47)).rejects.toMatchObject({
      type: 'NotReady',
      nonRetryable: false,
      message: '1 of 2 recovery points have ended',
    });
  });

  it('reports after two days what it knows, and of the others that it is unknown', async () => {
    await expect(collectAfter(48)).resolves.toEqual([
      { resource: ended, scheduledTime, state: 'cancelled', reason: 'cancelled' },
      {
        resource: hung,
        scheduledTime,
        state: 'unknown',
        reason: 'it had not ended 48 hours after it was asked for',
      },
    ]);
  });
});

describe('a round of 10,000 resources that all fail, with long names and reasons', () => {
  const warnedOfBytes = 256 * 1024;
  const account = '999999999999';
  const all = Array.from({ length: 10_000 }, (_, i) =>
    cluster(account, `${'panda-cluster-of-a-long-name-'.repeat(2)}${i}`),
  );
  const reason = 'the vault role may not kms:CreateGrant on the key; add it to the key policy. '.repeat(100);
  const kinds = [
    {
      description: { kind: 'aurora-cluster', label: 'Aurora cluster' },
      discover: async function* () {
        yield all.map((resource) => ({ ...resource, tags: {}, status: 'available', sizeGiB: 1 }));
      },
    },
  ] as unknown as KindOperations[];
  const failed = Promise.reject(new WorkflowFailedError('failed', new Error(reason), 'NON_RETRYABLE_FAILURE'));
  failed.catch(() => undefined);
  const client = {
    withDeadline: (_deadline: number, call: () => Promise<unknown>) => call(),
    workflow: {
      executeUpdateWithStart: async () => ({ disposition: 'started', scheduledTime }),
      getHandle: () => ({
        describe: async () => ({ closeTime: new Date(scheduled), status: { name: 'FAILED' } }),
        result: () => failed,
      }),
    },
  };
  let largest = 0;
  const measured = <T>(value: T): T => {
    largest = Math.max(largest, defaultPayloadConverter.toPayload(value).data?.length ?? 0);
    return value;
  };

  it('carries payloads of less than 256 KiB each', async () => {
    const { discoverResources, requestRecoveryPoints, collectOutcomes } = fleetActivities({ ...dependencies, kinds });
    const environment = new MockActivityEnvironment(
      { scheduledTimestampMs: scheduled, currentAttemptScheduledTimestampMs: scheduled },
      { ...silent, client: asClient(client) },
    );
    environment.on('heartbeat', measured);
    const round = new FleetRound({ fleet, tier: 'standard' }, scheduledTime);
    const scope = { account, region: 'eu-west-1' };
    let pages = 0;
    for (let after: string | null = null; pages === 0 || after !== null; pages += 1) {
      const page: DiscoveredPage = measured(await environment.run(discoverResources, fleet, 'standard', scope, after));
      round.discovered(scope, page);
      measured(page.resources);
      const answers: ResourceAnswer[] = await environment.run(
        requestRecoveryPoints,
        fleet,
        'standard',
        page.resources,
        scheduledTime,
      );
      const pending = measured(round.answered(measured(answers)));
      round.ended(measured(await environment.run(collectOutcomes, pending, 15)));
      after = page.next;
    }
    measured(round.summary);
    measured(round.notification);
    expect(round.summary).toMatchObject({ resources: 10_000, failed: 10_000 });
    expect(largest).toBeGreaterThan(100 * 1024);
    expect(largest).toBeLessThan(warnedOfBytes);
  });
});

describe('requesting the recovery points of a round', () => {
  const answer = { disposition: 'started', scheduledTime };
  let silence: Error;
  beforeEach(() => {
    silence = new Error('deadline exceeded');
  });
  /** Temporal, where the lifecycle of {@link hung} gives no answer. */
  const client = {
    withDeadline: (_deadline: number, call: () => Promise<unknown>) => call(),
    workflow: {
      executeUpdateWithStart: async (
        _name: string,
        { startWorkflowOperation }: { startWorkflowOperation: { options: { workflowId: string } } },
      ) => {
        if (startWorkflowOperation.options.workflowId.includes(hung.id)) throw silence;
        return answer;
      },
    },
  };
  const request = (attempt: number) =>
    new MockActivityEnvironment({ attempt }, { ...silent, client: asClient(client) }).run(
      activities.requestRecoveryPoints,
      fleet,
      'standard',
      [ended, hung],
      scheduledTime,
    );

  it('asks again when a lifecycle gives no answer', async () => {
    await expect(request(1)).rejects.toThrow('deadline exceeded');
  });

  it.each(['unreachable', 'refused'] as const)('asks until the key can be used again: %s', async (trouble) => {
    silence = new PayloadError(trouble, 'key k cannot be used', 'mend it');
    await expect(request(30)).rejects.toThrow('key k cannot be used');
  });

  it('lets a lifecycle that stays silent hold up none of the others', async () => {
    await expect(request(3)).resolves.toEqual([
      { resource: ended, ...answer, error: null },
      { resource: hung, disposition: 'retired', scheduledTime: null, error: 'deadline exceeded' },
    ]);
  });
});

describe('discovering the resources of a tier', () => {
  const unreached = {
    ...{ account: '999999999999', region: 'eu-west-1', id: 'graph', arn: 'arn:graph', what: 'neptune' },
    ...{ kind: null, why: 'no kind covers it' },
  };
  const many = Array.from({ length: 400 }, (_, i) => cluster('999999999999', `panda-${i}`));
  const listing = (name: string, listed: readonly ResourceRef[] | Error) =>
    ({
      description: { name },
      async *discover() {
        if (listed instanceof Error) throw listed;
        yield listed.map((one) => ({ ...one, tags: {} }));
      },
    }) as unknown as KindOperations;
  const discover = async (kinds: readonly KindOperations[], after: string | null = null) => {
    const { discoverResources } = fleetActivities({
      ...dependencies,
      kinds,
      unprotectedIn: async () => [unreached],
      tierOf: ({ id }) => (id === 'panda-1' ? { problem: 'has no tag' } : { tier: 'standard' }),
    });
    const scope = { account: '999999999999', region: 'eu-west-1' };
    const environment = new MockActivityEnvironment({}, silent);
    const page: DiscoveredPage = await environment.run(discoverResources, fleet, 'standard', scope, after);
    return page;
  };
  const refused = applicationFailure(failureTypes.configuration, 'it may not be listed');

  it('goes on with other kinds where one may not be listed, which is a problem of the first page', async () => {
    const providers = [listing('cards', refused), listing('aurora-cluster', many)];
    const first = await discover(providers);
    expect(first.problems).toEqual([
      { resource: null, kind: 'cards', message: 'it may not be listed' },
      { resource: many[1], kind: 'aurora-cluster', message: 'has no tag' },
    ]);
    expect(first.resources).toHaveLength(249);
    const second = await discover(providers, first.next);
    expect(second).toMatchObject({ problems: [], next: null });
    expect(second.resources).toHaveLength(150);
  });

  it('fails where no kind may be listed, and where a retry may help', async () => {
    await expect(discover([listing('cards', refused)])).rejects.toMatchObject({ type: 'Configuration' });
    const throttled = applicationFailure(failureTypes.transient, 'slow down');
    await expect(discover([listing('cards', throttled), listing('aurora-cluster', many)])).rejects.toMatchObject({
      type: 'Transient',
    });
  });
});
