import { applicationFailure } from '../src/core/applicationFailure';
import { failureTypes } from '../src/core/failure';
import { RdsOperations } from '../src/kinds/rds/rdsOperations';
import { type StepRequest } from '../src/activities/steps/stepContracts';
import { type ActivityFunctions } from './temporal/activityService';
import { replaceCode, replaceFunction } from './replaceFunction';

/** A bug that is put into the code on purpose, to see whether the simulation finds it. */
export interface Plant {
  readonly name: string;
  /** For people: what is wrong then. */
  readonly title: string;
  /** Changes the workflows' bundle. Throws where it no longer applies. */
  readonly bundle?: (code: string) => string;
  /** Changes what the workers' processes run. */
  readonly activities?: (activities: ActivityFunctions) => ActivityFunctions;
  /** Changes classes that activities use; returns what puts them back. */
  readonly apply?: () => () => void;
}

/** Bugs that were once there, by the numbers of the review that found them, and others that are easy to make. */
export const plants: readonly Plant[] = [
  {
    name: 'rpo-watchdog-spins',
    title: 'the RPO watchdog asks again each second where nobody can be told (finding 5)',
    bundle: (code) =>
      replaceFunction(
        code,
        'workflows/protect/rpoClock',
        'async function watchRpo(',
        `async function watchRpo(lifecycle) {
    while (!lifecycle.state.retired) {
        const due = lifecycle.nextAlertAt;
        const overtaken = () => lifecycle.state.retired || lifecycle.nextAlertAt < due;
        await (0, workflow_1.condition)(overtaken, Math.max(1000, due - Date.now()));
        if (lifecycle.state.retired || Date.now() < lifecycle.nextAlertAt)
            continue;
        if ((await (0, notify_1.notify)((0, lifecycleText_1.rpoAlert)(lifecycle.state))) === 'told')
            lifecycle.alerted(Date.now());
    }
}`,
      ),
  },
  {
    name: 'orphan-of-a-start',
    title: 'a start that is refused for good is not taken back, though an earlier try may have done it (finding 15)',
    bundle: (code) =>
      replaceFunction(
        code,
        'workflows/steps/stepOperations',
        'async attempt(step, choice)',
        `async attempt(step, choice) {
        if (choice !== null)
            this.choices.set(step.id, choice);
        this.undoing.delete(step.id);
        const request = this.requestOf(step);
        this.graph.start(step.id, Date.now());
        this.changed();
        let handle;
        try {
            const started = await this.start(step, request);
            handle = started.handle;
            this.handles.set(step.id, handle);
            return started.result ?? (await this.waitFor(step, request, handle));
        }
        catch (error) {
            if (handle !== undefined || (0, workflow_1.isCancellation)(error))
                await this.undo(step, { again: true });
            throw error;
        }
    }`,
      ),
  },
  {
    name: 'one-permit-too-many',
    title: 'a semaphore gives one permit more than there are',
    bundle: (code) => replaceCode(code, 'core/limits/permitQueue', 'Math.max(0, this.capacity -', 'Math.max(0, 1 + this.capacity -'),
  },
  {
    name: 'permit-kept',
    title: 'a permit is not given back when its operation has failed',
    bundle: (code) =>
      replaceCode(
        code,
        'workflows/steps/permits',
        'await semaphore.signal(messages_1.releasePermitSignal, requestId);',
        'if (requestId.endsWith("#1") && !this.granted.has(requestId)) await semaphore.signal(messages_1.releasePermitSignal, requestId);',
      ),
  },
  {
    name: 'reclaimed-too-early',
    title: 'a permit is reclaimed although its operation is in flight',
    bundle: (code) =>
      replaceCode(
        code,
        'core/limits/permitQueue',
        'if (holder !== undefined && !inFlight.has(holder.operationId))',
        'if (holder !== undefined)',
      ),
  },
  {
    name: 'waiting-request-forgotten',
    title: 'a lifecycle forgets the request that waits when the one in flight ends',
    bundle: (code) => replaceCode(code, 'core/backup/lifecycle', 'inFlight: null,\n            outcomes:', 'inFlight: null, waiting: null,\n            outcomes:'),
  },
  {
    name: 'silent-watchdog',
    title: 'the RPO watchdog tells nobody',
    bundle: (code) =>
      replaceFunction(code, 'workflows/protect/rpoClock', 'async function watchRpo(', 'async function watchRpo(lifecycle) {\n}'),
  },
  {
    name: 'optimistic-outcome',
    title: 'a recovery point counts as completed with some of its places',
    bundle: (code) => replaceCode(code, 'core/steps/stepGraph', 'if (places.every(isDone))', 'if (places.some(isDone))'),
  },
  {
    name: 'pause-is-forgotten',
    title: 'what is paused is never resumed',
    bundle: (code) =>
      replaceCode(code, 'workflows/createRecoveryPoint', 'runner.resume()', 'runner.pause()'),
  },
  {
    name: 'temporary-stays',
    title: 'what was on its way only is not removed',
    activities: (activities) => ({
      ...activities,
      undoStep: async (request) => {
        const { step } = request as StepRequest;
        if (step.type !== 'copy') await activities.undoStep?.(request);
      },
    }),
  },
  {
    name: 'share-stays',
    title: 'a share is not taken back',
    activities: (activities) => ({
      ...activities,
      undoStep: async (request) => {
        const { step } = request as StepRequest;
        if (step.type !== 'share') await activities.undoStep?.(request);
      },
    }),
  },
  {
    name: 'other-marker-each-time',
    title: 'a second try does not find what the first has made',
    activities: (activities) => ({
      ...activities,
      startStep: async (request) => {
        const asked = request as StepRequest;
        tries += 1;
        const marker = `${asked.step.marker.slice(0, 50)}-${tries}`;
        return activities.startStep?.({ ...asked, step: { ...asked.step, marker } });
      },
    }),
  },
  {
    name: 'foreign-account',
    title: 'an account is looked at that stands in no fleet file',
    activities: (activities) => ({
      ...activities,
      listScopes: async (...args) => [
        ...((await activities.listScopes?.(...args)) as object[]),
        { account: '777777777777', region: 'eu-west-1' },
      ],
    }),
  },
  {
    name: 'no-adoption',
    title: 'what an earlier try has made is taken for a conflict',
    apply: () =>
      replaceMethod('startOrAdopt', async function (this: unknown, ...[call, , , , , create]: unknown[]) {
        try {
          return await (create as () => Promise<unknown>)();
        } catch (error) {
          const { subject } = call as { readonly subject: string };
          throw applicationFailure(failureTypes.conflict, `${subject}: ${(error as Error).message}`);
        }
      }),
  },
  {
    name: 'proven-too-early',
    title: 'a copy is proven while it is being made',
    apply: () =>
      wrapMethod('progress', async (work) => {
        const found = (await work()) as object;
        return { ...found, status: 'available', percent: 100 };
      }),
  },
  {
    name: 'proven-is-deleted',
    title: 'cancelling removes what is proven too',
    bundle: (code) => replaceCode(code, 'workflows/createRecoveryPoint', "runner.takeBack('temporary')", "runner.takeBack('all')"),
    apply: () =>
      replaceMethod('cancel', async function (this: { delete: (...args: unknown[]) => Promise<void> }, ...args: unknown[]) {
        await this.delete(...args);
      }),
  },
  {
    name: 'lost-in-continue-as-new',
    title: 'a semaphore forgets its queue when it continues as new',
    bundle: (code) =>
      replaceCode(code, 'workflows/serviceLimit', 'messagesPerRun = 400', 'messagesPerRun = 3').replace(
        'queue: semaphore.state })',
        'queue: { ...semaphore.state, waiters: [], holders: [] } })',
      ),
  },
];

let tries = 0;

type Method = (this: never, ...args: unknown[]) => unknown;
const prototype = RdsOperations.prototype as unknown as Record<string, Method>;

function replaceMethod(name: string, planted: Method): () => void {
  const original = prototype[name];
  if (original === undefined) throw new Error(`RdsOperations has no ${name} any more`);
  prototype[name] = planted;
  tries = 0;
  return () => {
    prototype[name] = original;
  };
}

function wrapMethod(name: string, around: (work: () => Promise<unknown>) => Promise<unknown>): () => void {
  const original = prototype[name];
  return replaceMethod(name, function (this: never, ...args: unknown[]) {
    return around(async () => original?.apply(this, args));
  });
}

export function plantOf(name: string): Plant {
  const found = plants.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no plant ${name}; there are: ${plants.map((one) => one.name).join(', ')}`);
  return found;
}
