import { type Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { takeSteps } from '../../../../src/client/backup/followSteps';
import { pendingSteps } from '../../../../src/client/backup/pendingSteps';
import { withPending } from '../../../../src/client/backup/recoveryPointSnapshot';
import { type StepReport } from '../../../../src/core/steps/stepGraph';

const timestamp = (time: string) => ({ seconds: Date.parse(time) / 1000, nanos: 0 });
const retried = (activityId: string, message: string, attempt = 7) => ({
  activityId,
  attempt,
  // The server sets it to the time of the next try, so it does not tell since when.
  scheduledTime: timestamp('2026-11-21T02:12:13Z'),
  lastAttemptCompleteTime: timestamp('2026-11-21T02:07:13Z'),
  nextAttemptScheduleTime: timestamp('2026-11-21T02:12:13Z'),
  lastFailure: { message, applicationFailureInfo: { type: 'Transient' } },
});
const notReady = (activityId: string, percent: number | null) => ({
  activityId,
  attempt: 9,
  lastFailure: {
    message: 'not yet',
    applicationFailureInfo: {
      type: 'NotReady',
      details: { payloads: [defaultPayloadConverter.toPayload({ step: 'x', percent })] },
    },
  },
});
const described = (pendingActivities: object[], pendingChildren: object[] = []) =>
  ({ raw: { pendingActivities, pendingChildren } }) as unknown as Parameters<typeof pendingSteps>[1];

interface FakeWorkflow {
  readonly steps: readonly StepReport[];
  readonly activities?: object[];
  readonly children?: string[];
}

/** A client that knows these workflows, and that no worker answers for any other. */
function clientOf(workflows: Readonly<Record<string, FakeWorkflow>> = {}) {
  const handle = (id: string) => ({
    describe: () =>
      Promise.resolve(
        described(
          workflows[id]?.activities ?? [],
          (workflows[id]?.children ?? []).map((workflowId) => ({ workflowId, runId: 'r' })),
        ),
      ),
    query: () => {
      const workflow = workflows[id];
      return workflow === undefined
        ? Promise.reject(new Error('no worker answers'))
        : Promise.resolve({ steps: workflow.steps });
    },
  });
  return {
    options: { loadedDataConverter: { payloadConverter: defaultPayloadConverter, payloadCodecs: [] } },
    withDeadline: (_: number, work: () => unknown) => work(),
    workflow: { getHandle: handle },
  } as unknown as Client;
}
const stepsOf = (client: Client, id: string) => takeSteps(client, client.workflow.getHandle(id));
const running = (step: string): StepReport => ({ step, state: 'running', since: '2026-11-21T01:58:00Z' });

describe('a step whose start is tried again', () => {
  const starting: StepReport = { step: 'copy:secure', state: 'starting', since: '2026-11-21T02:00:00Z' };
  const look = (step: StepReport, activity: object) =>
    withPending([step], pendingSteps(clientOf(), described([activity])))[0];

  test('says why, how often, since it began to be tried, and when next', () => {
    expect(look(starting, retried('copy:secure#start#3', 'no answer'))).toEqual({
      ...starting,
      trouble: {
        attempts: 6,
        message: 'no answer',
        since: '2026-11-21T02:00:00Z',
        last: '2026-11-21T02:07:13.000Z',
        next: '2026-11-21T02:12:13.000Z',
      },
    });
  });

  test('says what it met where the server has cut it, as it does with what is larger than 4 KB', () => {
    const whole = retried('copy:secure#start#3', 'the vault role may not');
    const lastFailure = { message: 'Failure exceeds size limit.', serverFailureInfo: {}, cause: whole.lastFailure };
    expect(look(starting, { ...whole, lastFailure })?.trouble?.message).toBe('the vault role may not');
  });

  test('is another one than that of an activity of another step, and one that ended', () => {
    expect(look(starting, retried('copy:secure-dr#start#3', 'no answer'))).toEqual(starting);
    const done: StepReport = { step: 'copy:secure', state: 'done' };
    expect(look(done, retried('copy:secure#undo#4', 'no answer'))).toEqual(done);
  });

  test('that runs counts no tries, since looks at what is not ready are tries as well', () => {
    const look1 = look(running('copy:secure'), retried('copy:secure#wait#4', 'no answer', 50));
    expect(look1?.trouble).toMatchObject({ attempts: null, since: null, last: '2026-11-21T02:07:13.000Z' });
  });

  test('that is only not ready has no trouble, and the percentage where the service tells one', () => {
    expect(look(running('copy:secure'), notReady('copy:secure#wait#4', 40))).toEqual({
      ...running('copy:secure'),
      percent: 40,
    });
    expect(look(running('copy:secure'), notReady('copy:secure#wait#4', null))).toEqual(running('copy:secure'));
  });
});

describe('the steps of a drill', () => {
  test('tell what the restore in it meets', async () => {
    const client = clientOf({
      drill: { steps: [{ step: 'choose', state: 'done' }, running('restore')], children: ['restore'] },
      restore: {
        steps: [{ step: 'database', state: 'starting', since: '2026-11-21T02:00:00Z' }],
        activities: [retried('database#start#1', 'nothing answers')],
      },
    });
    expect(await stepsOf(client, 'drill')).toMatchObject([
      { step: 'choose', state: 'done' },
      { step: 'restore', state: 'running' },
      { step: 'restore/database', state: 'starting', trouble: { attempts: 6, message: 'nothing answers' } },
    ]);
  });

  test('tell what an activity of the drill itself meets', async () => {
    const client = clientOf({
      drill: { steps: [running('read')], activities: [retried('12', 'connection refused', 2)] },
    });
    expect(await stepsOf(client, 'drill')).toMatchObject([
      { step: 'read', trouble: { attempts: 1, message: 'connection refused' } },
    ]);
  });

  test('are there without those of a restore that nobody answers for', async () => {
    const client = clientOf({ drill: { steps: [running('restore')], children: ['lost'] } });
    expect(await stepsOf(client, 'drill')).toEqual([running('restore')]);
    expect(await stepsOf(client, 'lost')).toEqual([]);
  });
});
