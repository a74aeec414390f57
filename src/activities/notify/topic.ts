import { PublishCommand, type PublishCommandInput } from '@aws-sdk/client-sns';
import { type AwsAccess } from '../../clouds/aws/awsAccess';
import { awsCall } from '../../clouds/aws/awsFailure';
import { type Message } from '../../core/notification';
import { topicErrors } from './topicErrors';

/** SNS's own limit for a subject (Publish, Subject). */
const subjectCharacters = 100;

export async function publish(
  topic: string,
  message: Message,
  access: Pick<AwsAccess, 'sns'>,
  abortSignal: AbortSignal,
): Promise<void> {
  const [, , , region = '', account = ''] = topic.split(':');
  const scope = { account, region, access: 'source' } as const;
  const call = { subject: `topic ${topic}`, ...scope, action: 'sns:Publish', errors: topicErrors };
  const command = new PublishCommand(inputFor(topic, message));
  await awsCall(call, abortSignal, () => access.sns(scope).send(command, { abortSignal }));
}

/** A topic whose name ends so keeps the order of a group, and drops what it was told in the last five minutes already. */
function inputFor(topic: string, { fleet, id, subject, message }: Message): PublishCommandInput {
  const input = {
    TopicArn: topic,
    Subject: subject.slice(0, subjectCharacters),
    Message: `${subject}\n\n${message}`,
  };
  return topic.endsWith('.fifo') ? { ...input, MessageGroupId: fleet, MessageDeduplicationId: id } : input;
}
