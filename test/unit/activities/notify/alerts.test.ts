import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { alertActivities } from '../../../../src/activities/notify/alerts';
import { heartbeatActivities } from '../../../../src/activities/notify/heartbeat';
import { PlainHttp } from '../../../../src/clouds/plainHttp';
import { type Fleet, parseFleet } from '../../../../src/config';
import { type AlertNotice } from '../../../../src/core/alerts/alert';
import { messageInputs } from '../../../../src/core/messages/inputs';
import { parsed } from '../../../../src/core/messages/shape';
import { type Message, type Notification } from '../../../../src/core/notification';
import { knownKinds } from '../../../../src/kinds/registry';
import { fleetText } from '../../config/fleetText';

const silent = { logger: new DefaultLogger('ERROR', () => undefined) };
const fleetOf = (notifications: string): Fleet =>
  parseFleet(`${fleetText}notifications: {${notifications}}\n`, 'fleet.yaml', { kinds: knownKinds });
const hook =
  '{name: tickets, type: webhook, url: "https://tickets.example.com/", secret: {env: HOOK}, events: [rpo-missed]}';
const pager = '{name: on-call, type: pagerduty, routingKey: {env: PAGER}}';

const message: Message = {
  ...{ id: 'a'.repeat(32), fleet: 'panda', event: 'rpo-missed', subject: 's', message: 'm', key: 'rpo/shop' },
  ...{ state: 'open', time: '2026-11-21T02:00:00.000Z' },
};

/** Whoever answers what it is told to. */
function scene(status: number, notifications = `channels: [${hook}, ${pager}]`) {
  const sent: string[] = [];
  const plainHttp = new PlainHttp({});
  plainHttp.send = async ({ hostname }) => {
    sent.push(String(hostname));
    const answer = {
      statusCode: status,
      headers: {},
      on: () => answer,
      resume: () => answer,
      [Symbol.asyncIterator]: () => [][Symbol.iterator](),
    };
    return answer as never;
  };
  const sns = () => {
    throw new Error('there are no topics');
  };
  const environment = { PAGER: 'f00dfeed', HOOK: `whsec_${Buffer.alloc(32, 1).toString('base64')}` };
  const fleet = fleetOf(notifications);
  return { sent, fleet, activities: alertActivities(fleet, { sns, plainHttp }, environment) };
}
const run = <A extends unknown[], R>(work: (...args: A) => Promise<R>, ...args: A): Promise<R> =>
  new MockActivityEnvironment({}, silent).run(work, ...args);

test('a receiver is told by its name; one that the fleet file does not have is told nothing', async () => {
  const { sent, activities } = scene(202);
  expect(await run(activities.tellReceiver, 'panda', 'on-call', message)).toBe('told');
  expect(sent).toEqual(['events.pagerduty.com']);
  for (const name of ['evil', 'https://evil.example', '__proto__', 'mail/evil@example.com'])
    expect(await run(activities.tellReceiver, 'panda', name, message)).toBe('gone');
  expect(sent).toHaveLength(1);
});

test.each([404, 503])('an answer of %i is tried again, however much a person must do about it', async (status) => {
  const { activities } = scene(status);
  await expect(run(activities.tellReceiver, 'panda', 'tickets', message)).rejects.toMatchObject({
    type: 'Transient',
    nonRetryable: false,
    message: expect.stringContaining(`HTTP ${status}`) as string,
  });
});

test.each([400, 413])('an answer of %i is said, so that another message may be taken meanwhile', async (status) => {
  const { activities } = scene(status);
  expect(await run(activities.tellReceiver, 'panda', 'tickets', message)).toEqual({
    refused: expect.stringContaining(`HTTP ${status}`) as string,
  });
});

test('what is no message is told to nobody, and not tried again', async () => {
  const { sent, activities } = scene(202);
  for (const wrong of [null, {}, { ...message, id: 'x' }, { ...message, subject: '\ud800' }])
    await expect(run(activities.tellReceiver, 'panda', 'tickets', wrong as never)).rejects.toMatchObject({
      type: 'InvalidInput',
      nonRetryable: true,
    });
  expect(sent).toEqual([]);
});

test('settings are those of the fleet file', async () => {
  const { activities } = scene(202, `channels: [${hook}, ${pager}], quietHours: {from: '00:00', to: '24:00'}`);
  const { receivers, quietUntil, ledger } = await run(activities.alertSettings, 'panda');
  expect(receivers).toEqual([
    { name: 'tickets', events: ['rpo-missed'], apart: true, byKey: false },
    { name: 'on-call', events: null, apart: true, byKey: true },
  ]);
  expect(Date.parse(quietUntil ?? '')).toBeGreaterThan(0);
  expect(ledger).toBe(false);
});

test('what is handed over can be read, whatever is in its words, and is the same in each try', async () => {
  const { activities } = scene(202);
  const signals: { workflowId: string; signalArgs: [AlertNotice] }[] = [];
  const client = {
    withAbortSignal: (_: AbortSignal, work: () => unknown) => work(),
    workflow: { signalWithStart: async (_: string, options: never) => void signals.push(options) },
  } as unknown as Client;
  const hand = (notification: Notification) =>
    new MockActivityEnvironment({}, { ...silent, client }).run(activities.handOverNotification, notification);
  const bad = `a\ud800\u0000${'x'.repeat(20_000)}`;
  const one: Notification = { fleet: 'panda', event: 'drill-ended', id: 'same', subject: bad, message: bad, key: bad };
  await hand(one);
  await hand({ ...one, message: 'in other words' });
  await hand({ ...one, id: 'another' });
  await hand({ ...one, subject: '', retired: bad, quietly: true, asOf: '2026-11-21T02:00:00Z', state: 'open' });
  expect(signals.map(({ workflowId }) => workflowId)).toEqual(Array(4).fill('alerts/panda'));
  const [first, again, other] = signals.map(({ signalArgs: [notice] }) => parsed(messageInputs.tell, notice, 'it'));
  expect(again?.id).toBe(first?.id);
  expect(other?.id).not.toBe(first?.id);
  expect(first).toMatchObject({ state: 'resolved', event: 'drill-ended' });
});

describe('a heartbeat', () => {
  const answering = { describe: async () => ({ status: { name: 'RUNNING' } }), query: async () => ({}) };
  const beat = async (
    status: number,
    environment: Readonly<Record<string, string>>,
    alerts: Partial<Record<'describe' | 'query', () => Promise<unknown>>> = {},
  ) => {
    const requests: { readonly method: string; readonly path: string }[] = [];
    const plainHttp = new PlainHttp({});
    plainHttp.send = async ({ method, path }) => {
      requests.push({ method, path: String(path) });
      const answer = {
        statusCode: status,
        headers: {},
        on: () => answer,
        resume: () => answer,
        async *[Symbol.asyncIterator]() {},
      };
      return answer as never;
    };
    const { sendHeartbeat } = heartbeatActivities(fleetOf('heartbeat: {url: {env: BEAT}}'), { plainHttp }, environment);
    const client = {
      workflow: { getHandle: () => ({ ...answering, ...alerts }) },
      withAbortSignal: (_: AbortSignal, ask: () => Promise<unknown>) => ask(),
      withDeadline: (_: number, ask: () => Promise<unknown>) => ask(),
    } as unknown as Client;
    const failure: unknown = await new MockActivityEnvironment({}, { ...silent, client })
      .run(sendHeartbeat, 'panda')
      .catch((error: unknown) => error);
    return { requests, failure };
  };
  const BEAT = 'https://hc.example.com/aSecretOfTheSwitch';

  it('asks for the URL', async () => {
    const { requests, failure } = await beat(200, { BEAT });
    expect(failure).toBeUndefined();
    expect(requests).toEqual([{ method: 'GET', path: '/aSecretOfTheSwitch' }]);
  });

  it('comes where nobody was ever told anything', async () => {
    const none = async () => Promise.reject(new WorkflowNotFoundError('none', 'alerts/panda', undefined));
    const { requests } = await beat(200, { BEAT }, { describe: none });
    expect(requests).toHaveLength(1);
  });

  it('stays away where alerts do not answer or were ended: nobody would hear of anything', async () => {
    for (const alerts of [
      { query: async () => Promise.reject(new Error('Deadline exceeded')) },
      { describe: async () => ({ status: { name: 'FAILED' } }) },
      { describe: async () => ({ status: { name: 'TERMINATED' } }) },
    ]) {
      const { requests, failure } = await beat(200, { BEAT }, alerts);
      expect(requests).toEqual([]);
      expect(failure).toMatchObject({ type: 'Transient', message: expect.stringMatching(/^alerts\/panda /) as string });
    }
  });

  it('does not tell the URL where it fails', async () => {
    const { failure } = await beat(503, { BEAT });
    expect(failure).toMatchObject({ type: 'Transient', message: 'heartbeat: HTTP 503' });
  });

  it('says which variable is missing', async () => {
    const { failure } = await beat(200, {});
    expect(failure).toMatchObject({
      type: 'Configuration',
      message: expect.stringContaining('BEAT is not set') as string,
    });
  });
});
