import { PublishCommand } from '@aws-sdk/client-sns';
import { Context } from '@temporalio/activity';
import { type AwsAccess } from '../../clouds/aws/awsAccess';
import { awsCall } from '../../clouds/aws/awsFailure';
import { type NotificationActivities } from '../contracts';

/** SNS's own limit for a subject (Publish, Subject). */
const subjectCharacters = 100;

/** Tells people through SNS topics, and always through the worker's log. */
export function notificationActivities(topics: readonly string[], access: AwsAccess): NotificationActivities {
  return {
    async notify({ fleet, event, subject, message }) {
      const { log, cancellationSignal } = Context.current();
      log.warn(subject, { fleet, event, message });
      await Promise.all(
        topics.map((topic) => {
          const [, , , region = '', account = ''] = topic.split(':');
          const scope = { account, region, access: 'source' } as const;
          return awsCall({ subject: `topic ${topic}`, ...scope, action: 'sns:Publish' }, cancellationSignal, () =>
            access.sns(scope).send(
              new PublishCommand({
                TopicArn: topic,
                Subject: subject.slice(0, subjectCharacters),
                Message: `${subject}\n\n${message}`,
              }),
              {
                abortSignal: cancellationSignal,
              },
            ),
          );
        }),
      );
    },
  };
}
