import { ApplicationFailure } from '@temporalio/common';
import { applicationFailure } from '../../../core/applicationFailure';
import { type CopyRef, type Scope } from '../../../core/catalogue/copy';
import { failureTypes } from '../../../core/failure';
import { isOwned } from '../../../core/restore/restoreOwnership';
import { type RestoredFacts, type SqlEndpoint } from '../../../core/restore/restorePlan';
import { step, type Json, type Step, type StepInput } from '../../../core/steps/step';
import { type StepResult } from '../../../core/steps/stepResult';
import { type Operation, type StepCall, type Unfinished } from '../../kind';
import { sourceOf } from '../../steps/copySteps';
import {
  type DatabasePlan,
  type DatabaseSettings,
  type InstanceSettings,
  type PlannedParameterGroup,
  type Placement,
} from './planDatabase';
import {
  type RestoredDatabase,
  type RestoredInstance,
  type RestoreOperations,
  type RestoreStatus,
} from './restoreOperations';

/** First guesses: a fixed part and a part that grows with the size, until AWS has copied enough to let it start. */
const databaseExpects = { seconds: 600, secondsPerGiB: 1 };
const instanceExpects = { seconds: 420, secondsPerGiB: 0 };
const atOnce = { seconds: 0, secondsPerGiB: 0 };

/** Inputs of the steps below. */
interface GroupsInput {
  readonly groups: readonly PlannedParameterGroup[];
}
interface DatabaseInput {
  readonly id: string;
  readonly settings: DatabaseSettings;
  readonly placement: Placement;
}
interface InstanceInput {
  readonly cluster: string;
  readonly instance: InstanceSettings;
  readonly placement: Placement;
}

/**
 * The steps that make a database of a copy: parameter groups, the database, its instances (the writer first), its settings.
 *
 * @param path steps that bring the copy to where it can be restored
 */
export function databaseSteps(path: readonly Step[], plan: DatabasePlan, target: Scope, id: string): readonly Step[] {
  const planned = (given: Pick<Step, 'id' | 'type' | 'expects'> & Partial<Step>) =>
    step({ scope: target, marker: id, counts: 'place', ...given });
  const on = path.slice(-1).map((one) => one.id);
  const groups =
    plan.parameterGroups.length === 0
      ? []
      : [
          planned({
            id: 'parameter-groups',
            type: 'parameter-groups',
            after: on,
            expects: atOnce,
            input: inputOf({ groups: plan.parameterGroups }),
          }),
        ];
  const database = planned({
    id: 'database',
    type: 'database',
    // The path's end besides the groups: a share that nothing waits for any more is taken back.
    after: [...on, ...groups.map((one) => one.id)],
    reads: path.filter(({ type }) => type === 'copy').at(-1)?.id ?? null,
    expects: databaseExpects,
    input: inputOf({ id, settings: plan.settings }),
    choices: plan.placements.map(choiceOf),
  });
  const instances = plan.instances.map((instance, position) =>
    planned({
      id: `instance:${instance.id}`,
      type: 'instance',
      marker: instance.id,
      after: position === 0 ? [database.id] : [`instance:${plan.instances[0]?.id ?? ''}`],
      expects: instanceExpects,
      input: inputOf({ cluster: id, instance: { ...instance, placements: [] } }),
      choices: instance.placements.map(choiceOf),
    }),
  );
  const settings = planned({
    id: 'settings',
    type: 'settings',
    after: [database.id, ...instances.map((one) => one.id)],
    expects: atOnce,
    input: inputOf({ id, settings: plan.settings }),
  });
  return [...path, ...groups, database, ...instances, settings];
}

/** The rest of the settings names what lies in the target: groups, by names that only its own account has. */
const ofSettings = { 'settings.key': 'key', 'settings.roles.*.arn': 'own-role' } as const;

/** What performs them. */
export function restoreOperations(
  restore: RestoreOperations,
  answersSql: boolean,
): Readonly<Record<string, Operation>> {
  const found = (call: StepCall, id: string) => restore.progress(id, call.step.scope, call.signal);
  return {
    'parameter-groups': {
      names: {},
      async start(call) {
        const { groups } = read<GroupsInput>(call);
        for (const { group, of } of groups)
          await restore.createParameterGroup(group, of, call.step.scope, owner(call), call.signal);
        return { handle: handleOf(call, call.step.marker, ''), result: {} };
      },
      async undo(call) {
        for (const { group, of } of read<GroupsInput>(call).groups)
          await restore.removeParameterGroup(group.name, of, call.step.scope, owner(call), call.signal);
      },
    },

    database: {
      names: ofSettings,
      async start(call) {
        const { id, settings, placement } = read<DatabaseInput>(call);
        const source = sourceOf(call);
        const request = { target: call.step.scope, id, source, settings, placement, ownership: owner(call) };
        const begun = await placed(() => restore.start(request, call.signal));
        return { handle: handleOf(call, id, begun.arn) };
      },
      look: async (call, { id }) => ended(await found(call, id)),
      async undo(call) {
        const { id, settings } = read<DatabaseInput>(call);
        // What the restore itself protects is its own to remove; what it does not, a person has protected since.
        const protection = settings.deletionProtection ? 'ours' : 'theirs';
        const left = await restore.remove(id, call.step.scope, owner(call), protection, call.signal);
        if (left !== null) throw applicationFailure(failureTypes.notReady, left);
      },
    },

    instance: {
      names: {},
      async start(call) {
        const { cluster, instance, placement } = read<InstanceInput>(call);
        const { engine } = await found(call, cluster);
        const request = { target: call.step.scope, cluster: { id: cluster, engine }, instance, placement };
        const begun = await placed(() => restore.addInstance({ ...request, ownership: owner(call) }, call.signal));
        return { handle: handleOf(call, instance.id, begun.arn) };
      },
      async look(call, { id }) {
        const { instances } = await found(call, read<InstanceInput>(call).cluster);
        const instance = instances.find((one) => one.id === id);
        return instance === undefined ? { id, rawStatus: 'not to be seen yet', percent: null } : ended(instance);
      },
      async undo(call) {
        const { instance } = read<InstanceInput>(call);
        await restore.removeInstance(instance.id, call.step.scope, owner(call), call.signal);
      },
    },

    settings: {
      names: ofSettings,
      async start(call) {
        const { id, settings } = read<DatabaseInput>(call);
        const { arn, tags } = await found(call, id);
        if (!isOwned(tags, owner(call)))
          throw applicationFailure(
            failureTypes.conflict,
            `${arn} is not of this restore: its settings, roles and windows are left as they are`,
          );
        const missed = await restore.finish(id, call.step.scope, settings, call.signal);
        const database = await found(call, id);
        const result = { notes: missed, facts: factsOf(database, answersSql) as unknown as Json };
        return { handle: handleOf(call, id, database.arn), result };
      },
    },
  };
}

export function sqlEndpoint({ endpoint, port, databaseName, masterUsername }: RestoredDatabase): SqlEndpoint | null {
  return endpoint === null ? null : { host: endpoint, port: port ?? 5432, database: databaseName, masterUsername };
}

function factsOf(database: RestoredDatabase, kindAnswersSql: boolean): RestoredFacts {
  const { arn, endpoint, readerEndpoint, port, databaseName, masterUsername, instances, storageOnly } = database;
  const answersSql = kindAnswersSql && !storageOnly;
  const at = (host: string | null) => (host === null ? 'none' : port === null ? host : `${host}:${port}`);
  return {
    arn,
    answersSql,
    sql: answersSql ? sqlEndpoint(database) : null,
    lines: [
      `endpoint ${at(endpoint)}${readerEndpoint === null ? '' : `, for reading ${at(readerEndpoint)}`}`,
      ...(databaseName === null && masterUsername === null
        ? []
        : [`database ${databaseName ?? '–'}, user ${masterUsername ?? '–'}; passwords are those of the old database`]),
    ],
    details: {
      endpoint,
      readerEndpoint,
      port,
      databaseName,
      masterUsername,
      instances: instances.map(({ id, class: size, zone, endpoint: host, writer }) => ({
        id,
        class: size,
        zone,
        endpoint: host,
        writer,
      })),
    },
  };
}

function ended({
  id,
  arn,
  status,
  rawStatus,
}: {
  readonly id: string;
  readonly arn: string;
  readonly status: RestoreStatus;
  readonly rawStatus: string;
}): Unfinished | StepResult {
  switch (status) {
    case 'available':
      return {};
    case 'no-capacity':
      throw applicationFailure(failureTypes.noCapacity, `${arn}: ${rawStatus}`);
    case 'failed':
      throw applicationFailure(failureTypes.operationFailed, `${arn}: AWS reports it as ${rawStatus}`);
    case 'deleting':
      throw applicationFailure(failureTypes.operationFailed, `${arn}: someone is deleting it`);
    case 'in-progress':
      return { id, rawStatus, percent: null };
  }
}

/** What AWS says where it has no room for a class in a zone; the codes are those of the API model. */
const noRoom = /Insufficient\w*Capacity|sufficient capacity|insufficient capacity/i;
/** A class that a zone, an engine or a version does not have: another one may do. */
const unfit = /does not support creating|not supported|isn.t supported|not available in|specify .*(class|zone)/i;

async function placed<T extends RestoredDatabase | RestoredInstance>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    const code = (error.details?.[0] as { code?: string } | undefined)?.code ?? '';
    const said = `${code} ${error.message}`;
    if (noRoom.test(said)) throw applicationFailure(failureTypes.noCapacity, error.message, { cause: error });
    if (error.type === failureTypes.invalidInput && unfit.test(said))
      throw applicationFailure(failureTypes.unfit, `${error.message}; pass another --instance-class or --zones`, {
        cause: error,
      });
    throw error;
  }
}

const choiceOf = (placement: Placement) => ({
  label: [
    ...(placement.class === null ? [] : [`as ${placement.class}`]),
    ...(placement.zone === null ? [] : [`in ${placement.zone}`]),
  ].join(' '),
  input: inputOf({ placement }),
});

/** Interfaces of plain data are what a payload carries, though the compiler cannot tell. */
const inputOf = (input: object) => input as StepInput;
const read = <T>({ input }: StepCall) => input as unknown as T;

/** Tags that only this restore sets: without them nothing would tell its work from what others need. */
function owner({ ownership, step }: StepCall): Readonly<Record<string, string>> {
  if (ownership !== null && Object.keys(ownership).length > 0) return ownership;
  throw applicationFailure(failureTypes.invalidInput, `${step.id}: a restore must say by which tags it knows its work`);
}

function handleOf({ identity, step: { scope } }: StepCall, id: string, arn: string): CopyRef {
  const { account, region } = scope;
  return { kind: identity.resource.kind, account, region, id, arn };
}
