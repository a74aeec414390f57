import { type Client } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { type FleetClouds } from '../../../../src/activities/catalogue/fleetClouds';
import { deletionActivities } from '../../../../src/activities/retention/deleteMarked';
import { markActivities } from '../../../../src/activities/retention/markCopies';
import { planRetention, type RetentionPlan } from '../../../../src/activities/retention/planRetention';
import { applyPlan, type AppliedPlan } from '../../../../src/client/retention/applyPlan';
import { type Fleet, revisionOf } from '../../../../src/config';
import { recoveryPointTags } from '../../../../src/core/backup/recoveryPointTags';
import { copyTags, type RetentionRole, sourcePlace } from '../../../../src/core/catalogue/copy';
import { scheduledTimeLabel } from '../../../../src/core/naming';
import { type DeletionReport, type MarkReport } from '../../../../src/core/retention/pruneRun';
import { type ResourceRef } from '../../../../src/core/resource';
import { copyIdentifier } from '../../../../src/kinds/rds/markers';
import { FakeCloud, type FakeSnapshot } from '../../../fakes/cloud';
import { fleetOf } from '../../client/fleet';

// Questions wait a tenth of a second for others to share their call.
jest.mock('../../../../src/clouds/aws/askTogether', () => ({
  askTogether: (list: (scope: unknown, ids: readonly string[]) => Promise<ReadonlyMap<string, unknown>>) => {
    return async (scope: unknown, id: string) => (await list(scope, [id])).get(id);
  },
}));

export const hour = 3600_000;
export const day = 24 * hour;
export const roles = {
  marker: 'arn:aws:iam::{account}:role/farcopy-marker',
  pruner: 'arn:aws:iam::{account}:role/farcopy-pruner',
};

const homes: Readonly<Record<string, readonly [string | null, string]>> = {
  [sourcePlace]: [null, 'eu-west-1'],
  secure: ['111111111111', 'eu-west-1'],
  'secure-dr': ['111111111111', 'eu-central-1'],
};
export const places = Object.keys(homes);

/** A restore under way, and what it says of its plan. */
interface Restoring {
  readonly workflowId: string;
  readonly says: 'nothing' | 'no plan' | { readonly source: string };
}

/** A fleet whose copies are there, the clock that everybody goes by, and the workers that mark and delete. */
export class PruneScene {
  now = Date.parse('2026-11-01T12:00:00Z');
  readonly cloud = new FakeCloud({ now: () => this.now });
  fleet: Fleet;
  restores: readonly Restoring[] = [];
  /** The revision that other workers have; undefined: the same. */
  ofOthers: string | undefined;
  /** How far AWS's clock is off. */
  skew = 0;

  constructor(tiers?: string) {
    this.fleet = withRoles(fleetOf('', tiers));
  }

  addDatabase(id: string, account = '999999999999', resourceId?: string): ResourceRef {
    const tags = { backup: 'true' };
    const made = { kind: 'aurora-cluster', account, region: 'eu-west-1', id, tags };
    return this.cloud.addResource(resourceId === undefined ? made : { ...made, resourceId });
  }

  /** Copies of a recovery point as they lie when it is whole. */
  backUp(resource: ResourceRef, time = this.now, where: readonly string[] = places, tags: object = {}): void {
    const scheduledTime = scheduledTimeLabel(time);
    const id = copyIdentifier('panda', resource, scheduledTime);
    for (const place of where) {
      const [account, region] = homes[place] ?? [null, ''];
      const home = { account: account ?? resource.account, region };
      this.cloud.snapshotsIn(resource.kind, home).set(id, {
        ...{ ...home, kind: resource.kind, id },
        arn: `arn:aws:rds:${region}:${home.account}:cluster-snapshot:${id}`,
        startedAt: time,
        endsAt: time,
        failed: false,
        sizeGiB: 1,
        keyArn: null,
        sourceArn: null,
        resourceId: resource.id,
        sharedWith: new Set(),
        readers: [],
        tags: {
          ...recoveryPointTags({ fleet: 'panda', tier: 'standard', resource, scheduledTime }, place, scheduledTime),
          [copyTags.verified]: `exists ${scheduledTime}`,
          ...tags,
        },
      });
    }
  }

  /** A day with a recovery point of each, at noon. */
  passDays(days: number, ...resources: readonly ResourceRef[]): void {
    for (let i = 0; i < days; i++) {
      this.now += day;
      for (const resource of resources) this.backUp(resource);
    }
  }

  snapshot(resource: ResourceRef, place: string, time: number): FakeSnapshot | undefined {
    const [account, region] = homes[place] ?? [null, ''];
    const id = copyIdentifier('panda', resource, scheduledTimeLabel(time));
    return this.cloud.snapshotsIn(resource.kind, { account: account ?? resource.account, region }).get(id);
  }

  /** Of every copy: its place and the age of its data in days, and whether it is marked. */
  copies(resource: ResourceRef): string[] {
    return places.flatMap((place) => {
      const [account, region] = homes[place] ?? [null, ''];
      const there = this.cloud.snapshotsIn(resource.kind, { account: account ?? resource.account, region });
      return [...there.values()]
        .filter(({ resourceId }) => resourceId === resource.id)
        .sort((a, b) => b.startedAt - a.startedAt)
        .map(({ startedAt, tags }) => {
          const age = Math.round((this.now - startedAt) / day);
          return `${place} ${age}${/^\d/.test(tags[copyTags.deleteAfter] ?? '') ? ' marked' : ''}`;
        });
    });
  }

  async plan(): Promise<RetentionPlan> {
    return (await planRetention(this.fleet, this.clouds('marker'), this.now)).plan;
  }

  mark(): Promise<MarkReport> {
    const { markCopies } = markActivities(this.fleet, () => this.clouds('marker'));
    return this.environment().run(markCopies, this.fleet.name, this.revision);
  }

  /** A person lets go what a plan does, as `farcopy prune --apply` has it. */
  apply({ id, revision, doomed, plannedAt }: RetentionPlan): Promise<AppliedPlan> {
    const seen = { fleet: this.fleet.name, id, revision, plannedAt, copies: doomed.map(({ copy }) => copy.id) };
    const { signal } = new AbortController();
    return applyPlan(this.fleet, this.clouds('marker'), seen, {
      now: () => this.now,
      signal,
      onMarked: () => undefined,
    });
  }

  delete(goneAlready = 0, heartbeat?: unknown): Promise<DeletionReport> {
    const { deleteMarked } = deletionActivities(this.fleet, () => this.clouds('pruner'));
    return this.environment(heartbeat).run(deleteMarked, this.fleet.name, this.revision, goneAlready);
  }

  /** Of the fleet file that the fleet's own workers have. */
  get revision(): string {
    return this.ofOthers ?? revisionOf(this.fleet);
  }

  /** What an activity that was cut short has left in its heartbeat. */
  lastHeartbeat: unknown;

  private environment(heartbeatDetails?: unknown): MockActivityEnvironment {
    const environment = new MockActivityEnvironment(
      { currentAttemptScheduledTimestampMs: this.now, heartbeatDetails },
      { logger: new DefaultLogger('ERROR', () => undefined), client: this.client },
    );
    environment.on('heartbeat', (details: unknown) => (this.lastHeartbeat = details));
    return environment;
  }

  private clouds(reader: RetentionRole): FleetClouds {
    const { access } = this.cloud.clouds;
    const sts = { send: (command: Timed) => command.middlewareStack.clone().resolve(this.answer, {})({ input: {} }) };
    return {
      access: Object.assign(Object.create(access) as typeof access, { sts: () => sts }),
      kinds: this.cloud.kinds(),
      reader,
      selected: ['aurora-cluster'],
      bucket: () => {
        throw new Error('there are no buckets');
      },
      vaultBucket: () => {
        throw new Error('there are no buckets');
      },
      scopes: () =>
        Promise.resolve(
          ['999999999999', '888888888888'].map((account) => ({ account, region: 'eu-west-1', access: reader })),
        ),
      close: () => undefined,
    };
  }

  private readonly answer = () =>
    Promise.resolve({ output: {}, response: { headers: { date: new Date(this.now + this.skew).toUTCString() } } });

  private get client(): Client {
    const { restores } = this;
    const query = ({ says, workflowId }: Restoring) => {
      if (says === 'nothing') throw new Error(`${workflowId} has no worker`);
      return { plan: says === 'no plan' ? null : { source: { arn: says.source } }, steps: [] };
    };
    return {
      withAbortSignal: (_: AbortSignal, work: () => unknown) => work(),
      withDeadline: (_: number, work: () => unknown) => work(),
      workflow: {
        list: async function* ({ query: asked }: { query: string }) {
          if (asked.includes('restoreDrill')) return;
          yield* restores.map(({ workflowId }) => ({
            workflowId,
            runId: 'run',
            typedSearchAttributes: new TypedSearchAttributes(),
          }));
        },
        getHandle: (id: string) => ({
          query: async () => query(restores.find(({ workflowId }) => workflowId === id) as Restoring),
        }),
      },
    } as unknown as Client;
  }
}

interface Timed {
  readonly middlewareStack: {
    clone: () => { resolve: (handler: unknown, context: object) => (args: object) => Promise<unknown> };
  };
}

export function withRoles(fleet: Fleet): Fleet {
  return { ...fleet, roles: { ...fleet.roles, ...roles } };
}
