import { type PublishCommandInput, type SNSClient } from '@aws-sdk/client-sns';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { withGraceForConfiguration } from '../../../../src/activities/graceForConfiguration';
import { notificationActivities } from '../../../../src/activities/notify/notification';
import { PlainHttp } from '../../../../src/clouds/plainHttp';
import { heardAllTheSame, type Notification } from '../../../../src/core/notification';

const silent = { logger: new DefaultLogger('ERROR', () => undefined) };
const notification: Notification = { fleet: 'panda', event: 'rpo-missed', subject: 'shop', message: 'no copy' };
const topic = (name: string) => `arn:aws:sns:eu-west-1:999999999999:${name}`;
const [one, two, three] = [topic('one'), topic('two'), topic('three')] as const;

/** Topics of SNS, of which some refuse; what a try leaves in its heartbeat is what the next one finds. */
function scene(topics: readonly string[], refusals: Readonly<Record<string, string | undefined>> = {}) {
  const published: PublishCommandInput[] = [];
  const refusing = new Map(Object.entries(refusals));
  const send = async ({ input }: { readonly input: PublishCommandInput }) => {
    const refusal = refusing.get(input.TopicArn ?? '');
    if (refusal !== undefined)
      throw Object.assign(new Error('it says why'), { name: refusal, $metadata: { httpStatusCode: 403 } });
    published.push(input);
    return {};
  };
  const sns = () => ({ send }) as unknown as SNSClient;
  const { notify } = withGraceForConfiguration(
    notificationActivities({ snsTopics: topics, channels: [] }, { sns, plainHttp: new PlainHttp({}) }),
  );
  let attempt = 0;
  let heartbeatDetails: unknown;
  return {
    refusing,
    published,
    told: () => published.map(({ TopicArn }) => TopicArn),
    /** One try. */
    async tell(heard: readonly string[] = [], what = notification): Promise<unknown> {
      attempt += 1;
      const environment = new MockActivityEnvironment({ attempt, heartbeatDetails }, silent);
      environment.on('heartbeat', (details: unknown) => (heartbeatDetails = details));
      const tried: unknown = await environment.run(notify, what, heard).catch((error: unknown) => error);
      return tried;
    },
  };
}

test('a topic that has heard it is not told again because another one fails', async () => {
  const { tell, told, refusing } = scene([one, two], { [two]: 'InternalErrorException' });
  expect(await tell()).toMatchObject({ type: 'Transient', nonRetryable: false });
  refusing.delete(two);
  await tell();
  expect(told()).toEqual([one, two]);
});

test('neither is it in the next attempt to tell, and the failure says which have heard it', async () => {
  const { tell, told } = scene([one, two, three], { [two]: 'NotFoundException' });
  const failure = await tell([three]);
  expect(failure).toMatchObject({ type: 'Configuration', nonRetryable: true });
  expect((failure as Error).message).toContain('sns:Publish: NotFoundException: it says why');
  expect(heardAllTheSame(Object.assign(new Error('activity failed'), { cause: failure }))).toEqual([three, one]);
  // One that hung beyond its time has told its heartbeat alone.
  const hung = Object.assign(new Error('timed out'), { lastHeartbeatDetails: { heard: [one] } });
  expect(heardAllTheSame(Object.assign(new Error('activity failed'), { cause: hung }))).toEqual([one]);
  expect(told()).toEqual([one]);
});

test('a topic that is gone does not keep one that is away from being tried again', async () => {
  const { tell } = scene([one, two], { [one]: 'NotFoundException', [two]: 'ThrottledException' });
  const failure = await tell();
  expect(failure).toMatchObject({ type: 'Transient', nonRetryable: false });
  expect((failure as Error).message).toContain(`${one} `);
  expect((failure as Error).message).toContain(`${two} `);
});

test('a refused permission is believed when it is refused for the third time, and what was told stays known meanwhile', async () => {
  const { tell, told } = scene([one, two], { [two]: 'AuthorizationErrorException' });
  const granted = { type: 'Configuration', nonRetryable: false };
  expect(await tell()).toMatchObject(granted);
  expect(await tell()).toMatchObject(granted);
  const failure = await tell();
  expect(failure).toMatchObject({ type: 'Configuration', nonRetryable: true });
  expect((failure as Error).message).toContain('may not sns:Publish');
  expect(told()).toEqual([one]);
});

test('a FIFO topic is given a group, and one id for the same notification', async () => {
  const fifo = topic('ordered.fifo');
  const { tell, published } = scene([fifo, one]);
  await tell();
  const [first, plain] = published;
  expect(first).toMatchObject({ TopicArn: fifo, MessageGroupId: 'panda' });
  expect(first?.MessageDeduplicationId).toMatch(/^[0-9a-f]{32}$/);
  expect(plain).not.toHaveProperty('MessageGroupId');
  const again = scene([fifo]);
  await again.tell();
  await again.tell([], { ...notification, message: 'still no copy' });
  expect(again.published[0]?.MessageDeduplicationId).toBe(first?.MessageDeduplicationId);
});

test('another notification has another id', async () => {
  const { tell, published } = scene([topic('ordered.fifo')]);
  await tell();
  const other = scene([topic('ordered.fifo')]);
  await other.tell([], { ...notification, message: 'still no copy' });
  expect(other.published[0]?.MessageDeduplicationId).not.toBe(published[0]?.MessageDeduplicationId);
});
