import { messageToTell, type TellingInfo } from '../../../../src/activities/notify/message';
import { type Notification } from '../../../../src/core/notification';

const told: Notification = { fleet: 'panda', event: 'drill-ended', subject: 'drill', message: 'passed' };
const info: TellingInfo = {
  workflowExecution: { workflowId: 'drill/shop', runId: 'one' },
  activityId: '7',
  scheduledTimestampMs: Date.parse('2026-11-21T02:00:00Z'),
};
const idOf = (notification: Notification = told, changes: Partial<TellingInfo> = {}) =>
  messageToTell(notification, { ...info, ...changes }).id;

test('a notification has one id in all tries of its activity, and another one in another run, though its words are the same', () => {
  expect(idOf()).toBe(idOf({ ...told }));
  expect(idOf()).toMatch(/^[0-9a-f]{32}$/);
  expect(idOf(told, { workflowExecution: { workflowId: 'drill/shop', runId: 'two' } })).not.toBe(idOf());
  expect(idOf(told, { activityId: '8' })).not.toBe(idOf());
});

test('one that names itself keeps its id whichever activity tells it, and in whichever words', () => {
  const named = { ...told, id: 'shop/2026' };
  const again = { ...named, message: 'passed, after all' };
  expect(idOf(again, { activityId: '8', workflowExecution: { workflowId: 'x', runId: 'y' } })).toBe(idOf(named));
  expect(idOf({ ...named, id: 'shop/2027' })).not.toBe(idOf(named));
  expect(idOf({ ...named, event: 'rpo-met' })).not.toBe(idOf(named));
  expect(idOf({ ...named, fleet: 'bear' })).not.toBe(idOf(named));
});
