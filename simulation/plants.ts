import { StartExportTaskCommand } from '@aws-sdk/client-rds';
import { type AwsAccess } from '../src/clouds/aws/awsAccess';
import { awsCall } from '../src/clouds/aws/awsFailure';
import { KeyLoans } from '../src/clouds/aws/keyLoans';
import { type AwsKeys } from '../src/clouds/aws/keys';
import { applicationFailure } from '../src/core/applicationFailure';
import { type Copy, copyTags } from '../src/core/catalogue/copy';
import * as belief from '../src/core/catalogue/belief';
import { failureTypeOf, failureTypes } from '../src/core/failure';
import { type ExportRequest } from '../src/kinds/rds/exports/exportOperations';
import { RdsExports } from '../src/kinds/rds/exports/rdsExports';
import { rdsCall } from '../src/kinds/rds/rdsCall';
import { rdsClient } from '../src/kinds/rds/rdsClient';
import { RdsOperations } from '../src/kinds/rds/rdsOperations';
import { Authority, Refusal } from '../src/activities/authority/authority';
import * as sharing from '../src/activities/sweep/shareInUse';
import { type StepRequest, type UndoStepRequest } from '../src/activities/steps/stepContracts';
import { type Plant } from './plant';
import { replaceCode, replaceFunction } from './replaceFunction';
import { type Method, replaceMethod, wrapMethod } from './replaceMethod';
import { prunePlants } from './retention/prunePlants';

/** Bugs that were once there, by the numbers of the review that found them, and others that are easy to make. */
export const plants: readonly Plant[] = [
  {
    name: 'rpo-watchdog-spins',
    title: 'the RPO watchdog tells by itself, and again each second where nobody can be told (finding 5)',
    bundle: (code) =>
      replaceFunction(
        code,
        'workflows/protect/rpoClock',
        'async function watchRpo(',
        `async function watchRpo(lifecycle) {
    while (!lifecycle.state.retired) {
        const due = lifecycle.nextNoticeAt;
        const overtaken = () => lifecycle.state.retired || lifecycle.nextNoticeAt < due;
        await (0, workflow_1.condition)(overtaken, Math.max(1000, due - Date.now()));
        const notice = lifecycle.beginNotice(Date.now());
        if (notice === null)
            continue;
        const { notify } = (0, workflow_1.proxyActivities)({ startToCloseTimeout: '1 minute', scheduleToCloseTimeout: '1 hour' });
        const told = await notify((0, lifecycleText_1.noticeText)(notice, lifecycle.state), notice.heard).then(() => true, () => false);
        if (told)
            lifecycle.told(notice, { problem: null, heard: [] }, Date.now());
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
    name: 'cancelled-child-cancels-all',
    title: 'a transfer that someone cancels takes its whole recovery point with it (finding 10)',
    bundle: (code) =>
      replaceFunction(
        code,
        'workflows/failures',
        'function isOurCancellation(',
        `function isOurCancellation(error) {
    return (0, workflow_1.isCancellation)(error);
}`,
      ),
  },
  {
    name: 'failed-export-adopted',
    title: 'a failed export is adopted by every later try of its recovery point (finding 11)',
    apply: () =>
      replaceMethod(RdsExports.prototype, 'start', async function (this: never, ...[request, signal]: unknown[]) {
        const { source, scope, marker: id, bucket, prefix, role, key } = request as ExportRequest;
        const self = this as unknown as { keys: AwsKeys; access: AwsAccess; progress: RdsExports['progress'] };
        const asked = { ExportTaskIdentifier: id, SourceArn: source.arn, S3BucketName: bucket, S3Prefix: prefix };
        const more = { IamRoleArn: role, KmsKeyId: await self.keys.arn(scope, key) };
        const call = rdsCall(id, scope, 'rds:StartExportTask');
        await awsCall(call, signal as AbortSignal, () =>
          rdsClient(self.access, scope).send(new StartExportTaskCommand({ ...asked, ...more })),
        ).catch((error: unknown) => {
          if (failureTypeOf(error) !== failureTypes.conflict) throw error;
        });
        return self.progress(id, scope, signal as AbortSignal);
      }),
  },
  {
    name: 'share-taken-from-others',
    title: 'a share is taken back that another restore reads (finding 14)',
    apply: () => replaceMethod(sharing, 'shareInUse', () => Promise.resolve({ readers: [], silent: [] })),
  },
  {
    name: 'tags-are-believed',
    title: 'a copy in a source account is taken for a vault’s where its tags say so (finding 2)',
    apply: () => {
      const unplants = [
        replaceMethod(belief, 'placeOf', ((copy: Copy) => copy.tags[copyTags.place] ?? null) as Method),
        replaceMethod(belief, 'doubtOf', () => null),
      ];
      return () => unplants.forEach((unplant) => unplant());
    },
  },
  {
    name: 'queue-outgrows-its-payload',
    title: 'a semaphore keeps all who ask, so that a long queue fits no payload (finding 6)',
    bundle: (code) =>
      replaceCode(code, 'core/limits/permitQueue', 'this.bytes > exports.roomBytes ? this.order(now) : []', '[]'),
  },
  {
    name: 'one-permit-too-many',
    title: 'a semaphore gives one permit more than there are',
    bundle: (code) =>
      replaceCode(code, 'core/limits/permitQueue', 'Math.max(0, this.capacity -', 'Math.max(0, 1 + this.capacity -'),
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
    bundle: (code) =>
      replaceCode(
        code,
        'core/backup/lifecycle',
        'inFlight: null,\n            outcomes:',
        'inFlight: null, waiting: null,\n            outcomes:',
      ),
  },
  {
    name: 'silent-watchdog',
    title: 'the RPO watchdog tells nobody',
    bundle: (code) =>
      replaceFunction(
        code,
        'workflows/protect/rpoClock',
        'async function watchRpo(',
        'async function watchRpo(lifecycle) {\n}',
      ),
  },
  {
    name: 'optimistic-outcome',
    title: 'a recovery point counts as completed with some of its places',
    bundle: (code) =>
      replaceCode(code, 'core/steps/stepGraph', 'if (places.every(isDone))', 'if (places.some(isDone))'),
  },
  {
    name: 'pause-is-forgotten',
    title: 'what is paused is never resumed',
    bundle: (code) => replaceCode(code, 'workflows/createRecoveryPoint', 'runner.resume()', 'runner.pause()'),
  },
  {
    name: 'temporary-stays',
    title: 'what was on its way only is not removed',
    activities: leavingUndone('copy'),
  },
  {
    name: 'share-stays',
    title: 'a share is not taken back',
    activities: leavingUndone('share'),
  },
  {
    name: 'key-stays-lent',
    title: 'a key that was lent for a restore is not taken back',
    apply: () => replaceMethod(KeyLoans.prototype, 'takeBack', () => Promise.resolve()),
  },
  {
    name: 'unproven-stays',
    title: 'what is whole when its recovery point is cancelled stays, though nobody has proven it',
    activities: (activities) => ({
      ...activities,
      undoStep: async (request) => activities.undoStep?.({ ...(request as UndoStepRequest), cancelled: false }),
    }),
  },
  {
    name: 'guard-too-strict',
    title: 'the guard refuses the role that restores',
    apply: () => {
      const original = (Authority.prototype as unknown as Record<string, Method>).hold;
      return replaceMethod(Authority.prototype, 'hold', async function (this: never, ...args: unknown[]) {
        const [meaning, value] = args;
        if (meaning === 'scope-of-step' && (value as { access: string }).access === 'restore')
          throw new Refusal('is a role that restores', 'restore.targets');
        await original?.apply(this, args);
      });
    },
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
    title: 'an account is looked at that stands in no fleet file, and no guard is there (finding 1)',
    apply: () => replaceMethod(Authority.prototype, 'hold', () => Promise.resolve()),
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
      replaceMethod(
        RdsOperations.prototype,
        'startOrAdopt',
        async function (this: unknown, ...[call, , , , , create]: unknown[]) {
          try {
            return await (create as () => Promise<unknown>)();
          } catch (error) {
            const { subject } = call as { readonly subject: string };
            throw applicationFailure(failureTypes.conflict, `${subject}: ${(error as Error).message}`);
          }
        },
      ),
  },
  {
    name: 'proven-too-early',
    title: 'a copy is proven while it is being made',
    apply: () =>
      wrapMethod(RdsOperations.prototype, 'progress', async (work) => {
        const found = (await work()) as object;
        return { ...found, status: 'available', percent: 100 };
      }),
  },
  {
    name: 'proven-is-deleted',
    title: 'cancelling removes what is proven too',
    bundle: (code) =>
      replaceCode(code, 'workflows/createRecoveryPoint', "runner.takeBack('temporary')", "runner.takeBack('all')"),
    apply: () =>
      replaceMethod(
        RdsOperations.prototype,
        'cancel',
        async function (this: { delete: (...args: unknown[]) => Promise<void> }, ...args: unknown[]) {
          await this.delete(...args);
        },
      ),
  },
  {
    name: 'lost-in-continue-as-new',
    title: 'a semaphore forgets its queue when it continues as new',
    bundle: (code) =>
      replaceCode(
        replaceCode(code, 'core/limits/semaphore', 'messagesPerRun = 400', 'messagesPerRun = 3'),
        'workflows/serviceLimit',
        'queue: semaphore.carried(Date.now())',
        'queue: { ...semaphore.carried(Date.now()), waiters: [], holders: [] }',
      ),
  },
  ...prunePlants,
];

let tries = 0;

/** Nothing that a step of the type has made is taken back. */
function leavingUndone(type: string): Plant['activities'] {
  return (activities) => ({
    ...activities,
    undoStep: async (request) => {
      const { step } = request as StepRequest;
      if (step.type !== type) await activities.undoStep?.(request);
    },
  });
}

export function plantOf(name: string): Plant {
  const found = plants.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no plant ${name}; there are: ${plants.map((one) => one.name).join(', ')}`);
  return found;
}
