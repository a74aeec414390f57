import { type WorkflowHandle } from '@temporalio/client';
import { closeAlerts } from '../../src/client/notify/closeAlerts';
import { type LedgerActivities } from '../../src/activities/ledger/ledgerContracts';
import { type AlertActivities, type HeartbeatActivities } from '../../src/activities/notify/alertContracts';
import { type AlertNotice, type AlertReceiver, type ShownAlerts } from '../../src/core/alerts/alert';
import { applicationFailure } from '../../src/core/applicationFailure';
import { failureTypes } from '../../src/core/failure';
import { type LedgerEntry } from '../../src/core/ledger/entry';
import { messageNames, workflowNames } from '../../src/core/messageNames';
import { alertsWorkflowId, fleetTaskQueue, heartbeatWorkflowId } from '../../src/core/naming';
import { type Message } from '../../src/core/notification';
import { fleet } from './fixtures';
import { TimeSkippingService } from './timeSkippingService';

const hour = 3600;
const mail: AlertReceiver = { name: 'mail/dba@example.com', events: null, apart: false, byKey: false };
const pager: AlertReceiver = { name: 'on-call', events: null, apart: true, byKey: true };

let service: TimeSkippingService;
let tests = 0;
const kept: LedgerEntry[] = [];
/** By fleet: each test has its own. */
const worlds = new Map<string, World>();

class World {
  readonly fleet = `panda-${(tests += 1)}`;
  receivers: AlertReceiver[] = [mail, pager];
  quietUntil: string | null = null;
  /** Throws while a receiver does not take it. */
  react: (receiver: string, message: Message) => void | Promise<void> = () => undefined;
  readonly heard: { readonly receiver: string; readonly message: Message }[] = [];
  readonly tried: Message[] = [];
  private notices = 0;

  constructor() {
    worlds.set(this.fleet, this);
  }

  get handle(): WorkflowHandle {
    return service.client.workflow.getHandle(alertsWorkflowId(this.fleet));
  }

  async tell(notice: Partial<AlertNotice>): Promise<void> {
    this.notices += 1;
    const id = this.notices.toString(16).padStart(12, '0').padEnd(32, 'a');
    const whole = { id, event: 'rpo-missed', subject: 's', message: 'm', state: 'open', ...notice };
    await this.signal(whole);
  }

  async signal(...args: readonly unknown[]): Promise<void> {
    await service.client.workflow.signalWithStart(workflowNames.alerts, {
      workflowId: alertsWorkflowId(this.fleet),
      taskQueue: fleetTaskQueue(fleet),
      args: [{ version: 1, fleet: this.fleet, state: null }],
      signal: messageNames.tell,
      signalArgs: [...args],
    });
  }

  shown(from = 0): Promise<ShownAlerts> {
    return this.handle.query<ShownAlerts, [number]>(messageNames.alerts, from);
  }

  of({ name }: AlertReceiver): string[] {
    return this.heard
      .filter(({ receiver }) => receiver === name)
      .map(({ message }) => `${message.event} ${message.state ?? ''} ${message.key ?? ''}`);
  }
}

let beats = 0;
const activities: AlertActivities & HeartbeatActivities & Pick<LedgerActivities, 'recordInLedger'> = {
  alertSettings: async (of) => {
    const { receivers = [], quietUntil = null } = worlds.get(of) ?? {};
    return { receivers, quietUntil, ledger: true };
  },
  tellReceiver: async (of, receiver, message) => {
    const world = worlds.get(of);
    if (!world?.receivers.some(({ name }) => name === receiver)) return 'gone';
    world.tried.push(message);
    await world.react(receiver, message);
    world.heard.push({ receiver, message });
    return 'told';
  },
  recordInLedger: async (entry) => void kept.push(entry),
  sendHeartbeat: async () => {
    beats += 1;
    throw down();
  },
};

beforeAll(async () => {
  service = await TimeSkippingService.start(activities, fleetTaskQueue(fleet));
});
afterAll(() => service?.stop());
let world: World;
beforeEach(() => {
  world = new World();
});
// Else it would remind people through the tests after it.
afterEach(() => world.handle.terminate().catch(() => undefined));

const down = () => applicationFailure(failureTypes.transient, 'it is down');

test('a missed RPO is told to everybody, and its end to those who heard of it, once each', async () => {
  await world.tell({ key: 'rpo/a' });
  await service.skip(hour);
  expect(await world.shown()).toMatchObject({ total: 1, open: [{ key: 'rpo/a', heard: [mail.name, pager.name] }] });
  await world.tell({ key: 'rpo/a', state: 'resolved', event: 'rpo-met' });
  await service.skip(hour);
  for (const receiver of [mail, pager])
    expect(world.of(receiver)).toEqual(['rpo-missed open rpo/a', 'rpo-met resolved rpo/a']);
  expect(await world.shown()).toMatchObject({ total: 0, underWay: [], lost: [] });
  expect((await world.handle.describe()).status.name).toBe('RUNNING');
});

test('what is closed by hand is told as over to those who heard of it, and opens again', async () => {
  const told = { by: 'anna@laptop', why: 'the tier is gone' };
  const close = (...keys: string[]) => closeAlerts(service.client, world.fleet, keys, told);
  await world.tell({ key: 'round/standard', event: 'fleet-backup-ended', subject: 'round failed' });
  await world.tell({ key: 'rpo/kind/a/db' });
  await world.tell({ key: 'drill/kind/a/db', event: 'drill-ended' });
  await service.skip(hour);
  await expect(close('round/standard', 'round/standrad')).rejects.toThrow('nothing is open by the key round/standrad');
  await expect(close('db')).rejects.toMatchObject({ hint: expect.stringContaining('drill/kind/a/db') as string });
  expect(await world.shown()).toMatchObject({ total: 3 });

  expect(await close('standard')).toMatchObject([{ key: 'round/standard', heard: [mail.name, pager.name] }]);
  await service.skip(hour);
  expect(await world.shown()).toMatchObject({ total: 2 });
  for (const receiver of [mail, pager])
    expect(world.of(receiver).at(-1)).toBe('fleet-backup-ended resolved round/standard');
  expect(world.heard.at(-1)?.message.message).toContain('closed by anna@laptop: round failed\nthe tier is gone');

  await world.tell({ key: 'round/standard', event: 'fleet-backup-ended', subject: 'round failed' });
  expect(await world.shown()).toMatchObject({ total: 3 });
});

test('six hours without receivers lose nothing and double nothing, and each transition has one id over all tries', async () => {
  world.react = () => {
    throw down();
  };
  for (let i = 0; i < 12; i += 1) {
    const words = { subject: `trouble ${i}`, message: `trouble ${i}` };
    await world.tell({ key: `rpo/${i}`, ...words });
    await service.skip(hour / 4);
    if (i % 3 === 0) await world.tell({ key: `rpo/${i}`, state: 'resolved', event: 'rpo-met', ...words });
    await service.skip(hour / 4);
  }
  const { underWay } = await world.shown();
  expect(underWay.length).toBeGreaterThan(2);
  expect(world.heard).toEqual([]);
  world.react = () => undefined;
  await service.skip(2 * hour);
  for (const { name } of [mail, pager]) {
    const messages = world.heard.flatMap(({ receiver, message }) => (receiver === name ? [message] : []));
    expect(new Set(messages.map(({ id }) => id)).size).toBe(messages.length);
  }
  // Each was told as open, or by mail as over where it had come and gone meanwhile.
  const mails = world.heard.flatMap(({ receiver, message }) => (receiver === mail.name ? [message] : []));
  const words = mails.map(({ key, message }) => `${key ?? ''}\n${message}`).join('\n');
  for (let i = 0; i < 12; i += 1) expect(words).toMatch(new RegExp(`trouble ${i}\\b`));
  const wordsOf = new Map<string, string>();
  for (const { id, message } of world.tried) expect(wordsOf.set(id, wordsOf.get(id) ?? message).get(id)).toBe(message);
  for (let i = 0; i < 12; i += 1)
    if (i % 3 !== 0) await world.tell({ key: `rpo/${i}`, state: 'resolved', event: 'rpo-met' });
  await service.skip(hour);
  expect(await world.shown()).toMatchObject({ total: 0, underWay: [], lost: [], beyond: 0 });
  const keysOf = (event: string) =>
    world
      .of(pager)
      .flatMap((one) => (one.startsWith(event) ? [one.split(' ')[2]] : []))
      .sort();
  expect(keysOf('rpo-missed').length).toBeGreaterThanOrEqual(8);
  expect(keysOf('rpo-met')).toEqual(keysOf('rpo-missed'));
});

test('three hundred failures are one message, and one run of the entity after another', async () => {
  for (let i = 0; i < 300; i += 1) await world.tell({ key: `rpo/${i}` });
  await service.skip(hour);
  expect(world.heard.filter(({ receiver }) => receiver === mail.name)).toMatchObject([
    { message: { subject: `fleet ${world.fleet}: 300 resources have no complete recovery point within the RPO` } },
  ]);
  expect(new Set(world.of(pager)).size).toBe(300);
  expect(world.of(pager)).toHaveLength(300);
  expect((await world.shown()).total).toBe(300);
  const { raw } = await world.handle.describe();
  expect(raw.workflowExecutionInfo?.firstRunId).not.toBe(raw.workflowExecutionInfo?.execution?.runId);
});

test('a run that ends while a receiver is down leaves its messages to the next, under the same ids', async () => {
  world.receivers = [mail];
  world.react = () => {
    throw down();
  };
  await world.tell({ key: 'rpo/a' });
  await service.skip(hour);
  const { runId } = await world.handle.describe();
  for (let i = 0; i < 600; i += 1) await world.tell({ key: 'rpo/b' });
  await service.skip(hour);
  expect((await world.handle.describe()).runId).not.toBe(runId);
  world.react = () => undefined;
  await service.skip(hour);
  expect(world.of(mail).sort()).toEqual(['rpo-missed open rpo/a', 'rpo-missed open rpo/b']);
  expect(new Set(world.tried.map(({ id }) => id)).size).toBe(2);
});

test('a message on its way when a run ends is waited for', async () => {
  world.receivers = [mail];
  let answer = (): void => undefined;
  const answered = new Promise<void>((resolve) => (answer = resolve));
  const asked = new Promise<void>((begun) => {
    world.react = async () => {
      begun();
      await answered;
    };
  });
  await world.tell({ key: 'rpo/a' });
  await service.runUntil(asked);
  const { runId } = await world.handle.describe();
  for (let i = 0; i < 600; i += 1) await world.tell({ key: 'rpo/a' });
  await world.shown();
  expect((await world.handle.describe()).runId).toBe(runId);
  answer();
  await service.skip(hour);
  expect((await world.handle.describe()).runId).not.toBe(runId);
  expect(world.of(mail)).toContain('rpo-missed open rpo/a');
  expect(new Set(world.tried.map(({ id }) => id)).size).toBe(1);
});

test('what a receiver could not be told in a week is given up, kept in the ledger and shown', async () => {
  world.receivers = [mail];
  world.react = () => {
    throw down();
  };
  await world.tell({ key: 'rpo/a', subject: 'a is late' });
  await service.skip(7 * 24 * hour + hour);
  expect((await world.shown()).lost).toMatchObject([{ receiver: mail.name, subject: 'a is late', count: 1 }]);
  expect((await world.shown()).lost[0]?.problem).toContain('it is down');
  expect(kept.filter(({ fleet: of }) => of === world.fleet)).toMatchObject([
    { type: 'alert', outcome: 'given-up', alert: 'rpo-missed', resource: null },
  ]);
});

test('quiet hours hold back all but missed RPOs', async () => {
  world.receivers = [mail];
  world.quietUntil = new Date((await service.now()) + 5 * hour * 1000).toISOString();
  await world.tell({ key: 'round/a', event: 'fleet-backup-ended' });
  await world.tell({ key: 'rpo/a' });
  await service.skip(4 * hour);
  expect(world.of(mail)).toEqual(['rpo-missed open rpo/a']);
  world.quietUntil = null;
  await service.skip(2 * hour);
  expect(world.of(mail).slice(1)).toEqual(['fleet-backup-ended open round/a']);
});

test('hostile signals neither wedge nor end it, and nobody else is told', async () => {
  const huge = 'x'.repeat(500_000);
  const whole = { id: 'f'.repeat(32), event: 'rpo-missed', subject: 's', message: 'm', state: 'open' };
  for (const args of [
    [],
    [null],
    [7],
    [[]],
    [huge],
    [{ ...whole, subject: huge }],
    [{ ...whole, key: 'a\u0000b' }],
    [{ ...whole, key: 'news/a' }],
    [{ ...whole, key: '\ud800' }],
    [{ ...whole, id: '__proto__' }],
    [{ ...whole, asOf: '+275760-09-13T00:00:00.001Z' }],
    [{ ...whole, event: 'constructor' }],
  ])
    await world.signal(...args);
  await world.signal({ ...whole, id: 'e'.repeat(32), key: 'round/a', asOf: '2999-01-01T00:00:00Z' });
  await world.signal({ ...whole, key: '__proto__', fleet: 'another', receivers: ['evil'], to: ['evil'] });
  await service.skip(hour);
  expect(world.of(mail).sort()).toEqual(['rpo-missed open __proto__', 'rpo-missed open round/a']);
  expect(world.heard.every(({ message, receiver }) => message.fleet === world.fleet && receiver !== 'evil')).toBe(true);
  await world.tell({ key: 'rpo/a' });
  await service.skip(hour);
  expect(world.of(pager)).toContain('rpo-missed open rpo/a');
  for (const from of ['x', -1, 1e300, null, {}])
    expect(await world.handle.query(messageNames.alerts, from)).toHaveProperty('total', 3);
  const { runId } = await world.handle.describe();
  for (let i = 0; i < 600; i += 1) await world.tell({ key: 'rpo/a' });
  await service.skip(hour);
  expect((await world.handle.describe()).runId).not.toBe(runId);
  await world.tell({
    key: 'round/a',
    state: 'resolved',
    event: 'rpo-met',
    asOf: new Date(await service.now()).toISOString(),
  });
  await service.skip(hour);
  expect((await world.shown()).open.map(({ key }) => key).sort()).toEqual(['__proto__', 'rpo/a']);
});

test('nobody takes the place of a fleet’s alerts with another fleet’s', async () => {
  const handle = await service.client.workflow.start(workflowNames.alerts, {
    workflowId: alertsWorkflowId('another'),
    taskQueue: fleetTaskQueue(fleet),
    args: [{ version: 1, fleet: world.fleet, state: null }],
  });
  await expect(service.runUntil(handle.result())).rejects.toMatchObject({ cause: { type: 'InvalidInput' } });
});

test('a heartbeat that nobody takes is tried until the next one is due', async () => {
  const handle = await service.client.workflow.start(workflowNames.heartbeat, {
    workflowId: heartbeatWorkflowId(fleet),
    taskQueue: fleetTaskQueue(fleet),
    args: [{ version: 1, fleet, seconds: 300 }],
  });
  await expect(service.runUntil(handle.result())).rejects.toThrow();
  expect(beats).toBeGreaterThan(3);
  const { startTime, closeTime } = await handle.describe();
  expect((closeTime?.getTime() ?? Infinity) - startTime.getTime()).toBeLessThanOrEqual(305_000);
});
