import { ApplicationFailure } from '@temporalio/common';
import { Context } from '@temporalio/activity';
import { type Environment, type Fleet } from '../../config';
import { applicationFailure } from '../../core/applicationFailure';
import { failureTypes, type FailureType, type Grace } from '../../core/failure';
import { type NotificationActivities } from '../contracts';
import { remember, remembered } from '../heartbeatMemory';
import { messageToTell } from './message';
import { type Reach, type Receiver, receiversOf } from './receivers';

/** What one try leaves to the next. */
interface Memory {
  readonly heard: readonly string[];
  /** Who asked for time, and until when. Milliseconds since the epoch. */
  readonly notBefore: Readonly<Record<string, number>>;
}

/** Tells people through topics and channels, and always through the worker's log. */
export function notificationActivities(
  fleet: Pick<Fleet, 'snsTopics' | 'channels'>,
  access: Reach,
  environment: Environment = process.env,
): NotificationActivities {
  return {
    async notify(notification, heardBefore) {
      const { info, log, cancellationSignal } = Context.current();
      const { fleet: name, event, subject, message } = notification;
      if (info.attempt === 1) log.warn(subject, { fleet: name, event, message });
      const { heard: heardSince = [], notBefore = {} } = remembered<Memory>();
      const heard = new Set([...heardBefore, ...heardSince]);
      const pauses = new Map(Object.entries(notBefore));
      const told = messageToTell(notification, info);
      const failures: unknown[] = [];

      const tell = async (receiver: Receiver): Promise<void> => {
        try {
          requireItsTime(receiver, pauses.get(receiver.name));
          await receiver.tell(told, cancellationSignal);
          heard.add(receiver.name);
        } catch (error) {
          failures.push(error);
          const pause = pauseOf(error);
          if (pause === null) return;
          pauses.set(receiver.name, Date.now() + pause);
        }
        // The next try tells the others only.
        remember({ heard: [...heard], notBefore: Object.fromEntries(pauses) } satisfies Memory);
      };
      await Promise.all(
        receiversOf(fleet, access, environment)
          .filter(({ name, events }) => !heard.has(name) && (events === null || events.includes(event)))
          .map(tell),
      );
      if (failures.length > 0) throw together(failures, [...heard]);
    },
  };
}

/** @throws ApplicationFailure while its time has not come: others may be tried sooner */
function requireItsTime({ name }: Receiver, until = 0): void {
  const now = Date.now();
  if (now >= until) return;
  throw applicationFailure(
    failureTypes.transient,
    `${name}: it asked for time until ${new Date(until).toISOString()}`,
    {
      retryAfterSeconds: (until - now) / 1000,
    },
  );
}

/** The failures of several receivers as one, which is tried again as long as that may help one of them. */
function together(failures: readonly unknown[], heard: readonly string[]): unknown {
  const told = failures.filter((failure) => failure instanceof ApplicationFailure);
  const [decisive] = [...told].sort((a, b) => hopeOf(b) - hopeOf(a));
  // A call that was cut short by a cancellation is none.
  if (decisive === undefined) return failures[0];
  const pauses = told.filter(({ nonRetryable }) => nonRetryable !== true).map(pauseOf);
  const shortest = Math.min(...pauses.map((pause) => pause ?? 0));
  return applicationFailure(decisive.type as FailureType, told.map(({ message }) => message).join('; '), {
    cause: decisive,
    details: { ...(decisive.details?.[0] as object | undefined), heard },
    // Where one has not asked for time, the retry policy decides; those who have are left out until then.
    retryAfterSeconds: pauses.length > 0 && shortest > 0 ? shortest / 1000 : undefined,
  });
}

/** The time that a failure asks for, in milliseconds; null: none. */
function pauseOf(failure: unknown): number | null {
  const { nextRetryDelay } = (failure ?? {}) as { readonly nextRetryDelay?: unknown };
  return typeof nextRetryDelay === 'number' && nextRetryDelay > 0 ? nextRetryDelay : null;
}

function hopeOf({ nonRetryable, details }: ApplicationFailure): number {
  if (nonRetryable !== true) return 2;
  return (details?.[0] as { readonly grace?: Grace } | undefined)?.grace === 'none' ? 0 : 1;
}
