import { randomUUID } from 'node:crypto';
import { type Message } from '../../core/notification';
import { type Reach, type Receiver, receiversOf } from '../../activities/notify/receivers';
import { type Fleet } from '../../config';
import { messageOf } from '../../core/failure';
import { isUnreachable } from '../../activities/catalogue/scopeProblem';
import { InvalidRequestError } from '../invalidRequestError';

export interface TestedReceiver extends Pick<Receiver, 'name' | 'channel' | 'type'> {
  /** `unreachable`: it may be told later, with nothing changed. */
  readonly state: 'told' | 'failed' | 'unreachable';
  /** Null: there is none. */
  readonly problem: string | null;
}

export interface TestOptions {
  /** Only this one: the name of a channel, or the ARN of a topic. Undefined: all. */
  readonly channel: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly signal: AbortSignal;
}

/**
 * Tells each topic and channel of a fleet a test message, once.
 *
 * @throws InvalidRequestError where there is nobody to tell
 */
export async function testReceivers(
  fleet: Fleet,
  access: Reach,
  { channel, now, signal }: TestOptions,
): Promise<TestedReceiver[]> {
  const all = receiversOf(fleet, access, process.env);
  const known = [...new Set(all.map((one) => one.channel))];
  if (known.length === 0)
    throw new InvalidRequestError(
      'the fleet file names nobody to tell',
      'add topics or channels to `notifications`, see docs/fleet-file.md#notifications',
    );
  if (channel !== undefined && !known.includes(channel))
    throw new InvalidRequestError(`there is no channel ${channel}`, `there are ${known.join(', ')}`);
  const message = testMessage(fleet.name, new Date(now).toISOString());
  return Promise.all(
    all
      .filter((one) => channel === undefined || one.channel === channel)
      .map(async ({ name, channel: of, type, tell }): Promise<TestedReceiver> => {
        const tested = { name, channel: of, type };
        try {
          await tell(message, signal);
          return { ...tested, state: 'told', problem: null };
        } catch (error) {
          signal.throwIfAborted();
          const state = isUnreachable(error) ? 'unreachable' : 'failed';
          return { ...tested, state, problem: messageOf(error) };
        }
      }),
  );
}

/** Each test is one of its own, also to whoever leaves out what it has heard. */
function testMessage(fleet: string, time: string): Message {
  const id = randomUUID().replaceAll('-', '');
  return {
    ...{ id, time, fleet, event: 'test', key: `test/${id}`, state: 'open' },
    subject: `fleet ${fleet}: a test message`,
    message: `Somebody has sent this at ${time} by \`farcopy alert test\`, to see whether it arrives. Nothing has happened.`,
  };
}
