import { createHash } from 'node:crypto';
import { PublishCommand, type PublishCommandInput } from '@aws-sdk/client-sns';
import { ApplicationFailure } from '@temporalio/common';
import { Context } from '@temporalio/activity';
import { type AwsAccess } from '../../clouds/aws/awsAccess';
import { awsCall, type AwsFailureDetails } from '../../clouds/aws/awsFailure';
import { applicationFailure } from '../../core/applicationFailure';
import { type FailureType } from '../../core/failure';
import { type Notification } from '../../core/notification';
import { type NotificationActivities } from '../contracts';
import { remember, remembered } from '../heartbeatMemory';
import { topicErrors } from './topicErrors';

/** SNS's own limit for a subject (Publish, Subject). */
const subjectCharacters = 100;

/** Tells people through SNS topics, and always through the worker's log. */
export function notificationActivities(
  topics: readonly string[],
  access: Pick<AwsAccess, 'sns'>,
): NotificationActivities {
  async function publish(topic: string, notification: Notification, abortSignal: AbortSignal): Promise<void> {
    const [, , , region = '', account = ''] = topic.split(':');
    const scope = { account, region, access: 'source' } as const;
    const call = { subject: `topic ${topic}`, ...scope, action: 'sns:Publish', errors: topicErrors };
    const command = new PublishCommand(inputFor(topic, notification));
    await awsCall(call, abortSignal, () => access.sns(scope).send(command, { abortSignal }));
  }

  return {
    async notify(notification, heardBefore) {
      const { info, log, cancellationSignal } = Context.current();
      const { fleet, event, subject, message } = notification;
      if (info.attempt === 1) log.warn(subject, { fleet, event, message });
      const heard = new Set([...heardBefore, ...(remembered<{ heard: readonly string[] }>().heard ?? [])]);
      const failures: unknown[] = [];
      await Promise.all(
        topics
          .filter((topic) => !heard.has(topic))
          .map((topic) =>
            publish(topic, notification, cancellationSignal).then(
              () => {
                heard.add(topic);
                // The next try tells the others only.
                remember({ heard: [...heard] });
              },
              (error: unknown) => failures.push(error),
            ),
          ),
      );
      if (failures.length > 0) throw together(failures, [...heard]);
    },
  };
}

/** A topic whose name ends so keeps the order of a group, and drops what it was told in the last five minutes already. */
function inputFor(topic: string, { fleet, event, subject, message }: Notification): PublishCommandInput {
  const input = {
    TopicArn: topic,
    Subject: subject.slice(0, subjectCharacters),
    Message: `${subject}\n\n${message}`,
  };
  if (!topic.endsWith('.fifo')) return input;
  const content = JSON.stringify([fleet, event, subject, message]);
  return {
    ...input,
    MessageGroupId: fleet,
    MessageDeduplicationId: createHash('sha256').update(content).digest('hex'),
  };
}

/** The failures of several topics as one, which is tried again as long as that may help one of them. */
function together(failures: readonly unknown[], heard: readonly string[]): unknown {
  const told = failures.filter((failure) => failure instanceof ApplicationFailure);
  const [decisive] = [...told].sort((a, b) => hopeOf(b) - hopeOf(a));
  // A call that was cut short by a cancellation is none.
  if (decisive === undefined) return failures[0];
  return applicationFailure(decisive.type as FailureType, told.map(({ message }) => message).join('; '), {
    cause: decisive,
    details: { ...(decisive.details?.[0] as object | undefined), heard },
  });
}

function hopeOf({ nonRetryable, details }: ApplicationFailure): number {
  if (nonRetryable !== true) return 2;
  return (details?.[0] as Partial<AwsFailureDetails> | undefined)?.grace === 'none' ? 0 : 1;
}
