import { setTimeout as delay } from 'node:timers/promises';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { defaultRegion, roleArn, visitorRole } from '../../../sandbox/seed/sandboxAccounts';
import { requestRecoveryPoint } from '../../../src/activities/backup/requestRecoveryPoint';
import { policyOf } from '../../../src/config';
import { heartbeatScheduleId, scheduledTimeLabel } from '../../../src/core/naming';
import { CloudSandbox } from '../../support/cloudSandbox';
import { cluster, resourceOf } from '../../support/database';
import { eventually } from '../../support/eventually';
import { fleetDocument, tier } from '../../support/fleetDocument';
import { HttpReceiver, MailServer } from '../../support/receivers';
import { RunningFleet } from '../../support/runningFleet';

const account = '999999999999';
const shop = cluster('panda', account, 'shop');
const beatPath = '/ping/0198c0de-aSecretOfTheSwitch';
let sandbox: CloudSandbox;
let fleet: RunningFleet;
let http: HttpReceiver;
let mail: MailServer;
let queues: readonly Queue[];

/** A queue of SQS behind a topic of SNS. */
interface Queue {
  readonly topic: string;
  readonly url: string;
  readonly call: (action: string, input: object) => Promise<Readonly<Record<string, unknown>>>;
}

beforeAll(async () => {
  [sandbox, http, mail] = await Promise.all([
    CloudSandbox.start({
      databases: [shop],
      seconds: { snapshot: 0.5, copy: 0.5, crossRegionCopy: 0.5 },
      temporalOnDisk: true,
    }),
    HttpReceiver.start(),
    MailServer.start(),
  ]);
  sandbox.endsWith(() => Promise.all([http.stop(), mail.stop()]));
  process.env.HOOK = `whsec_${Buffer.from('the signing secret of a webhook!').toString('base64')}`;
  process.env.BEAT = `${http.url}${beatPath}`;
  queues = await Promise.all(['alerts', 'alerts.fifo'].map(queueBehindTopic));
  fleet = await RunningFleet.start(
    sandbox,
    fleetDocument('panda', [account], {
      notifications: {
        snsTopics: queues.map(({ topic }) => topic),
        channels: [
          {
            name: 'mail',
            type: 'smtp',
            server: mail.url,
            tls: 'none',
            from: 'farcopy@example.org',
            to: ['a@example.com'],
          },
          { name: 'tickets', type: 'webhook', url: `${http.url}/tickets`, secret: { env: 'HOOK' } },
        ],
        heartbeat: { url: { env: 'BEAT' }, everyMinutes: 1 },
      },
    }),
  );
}, 180_000);
afterAll(() => sandbox?.end(), 60_000);

async function queueBehindTopic(name: string): Promise<Queue> {
  const { awsEndpoint: endpoint, credentials } = sandbox;
  const sts = new STSClient({ endpoint, region: defaultRegion, credentials });
  const assumed = await sts.send(
    new AssumeRoleCommand({ RoleArn: roleArn(account, visitorRole), RoleSessionName: 'test' }),
  );
  sts.destroy();
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = assumed.Credentials ?? {};
  const call = async (action: string, input: object) => {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `AmazonSQS.${action}`,
        'x-amz-security-token': SessionToken,
        // The emulator looks at whose key it is.
        authorization: `AWS4-HMAC-SHA256 Credential=${AccessKeyId}/20261121/${defaultRegion}/sqs/aws4_request, SignedHeaders=host, Signature=0`,
      },
      body: JSON.stringify(input),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${action}: ${text}`);
    return (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
  };
  const sns = new SNSClient({
    endpoint,
    region: defaultRegion,
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
  });
  const isFifo = name.endsWith('.fifo');
  const { TopicArn: topic = '' } = await sns.send(
    new CreateTopicCommand({ Name: name, ...(isFifo ? { Attributes: { FifoTopic: 'true' } } : {}) }),
  );
  const { QueueUrl: url } = await call('CreateQueue', {
    QueueName: name,
    ...(isFifo ? { Attributes: { FifoQueue: 'true' } } : {}),
  });
  const Endpoint = `arn:aws:sqs:${defaultRegion}:${account}:${name}`;
  await sns.send(new SubscribeCommand({ TopicArn: topic, Protocol: 'sqs', Endpoint }));
  sns.destroy();
  return { topic, url: String(url), call };
}

const came = new Map<Queue, { readonly body: { readonly Subject: string }; readonly id: string | undefined }[]>();
/** All that has come so far. */
async function messagesOf(queue: Queue) {
  const { Messages = [] } = (await queue.call('ReceiveMessage', {
    QueueUrl: queue.url,
    MaxNumberOfMessages: 10,
    VisibilityTimeout: 3600,
    AttributeNames: ['All'],
  })) as { Messages?: { Body: string; Attributes?: Record<string, string> }[] };
  const all = [
    ...(came.get(queue) ?? []),
    ...Messages.map(({ Body, Attributes }) => ({
      body: JSON.parse(Body) as { Subject: string },
      id: Attributes?.MessageDeduplicationId,
    })),
  ];
  came.set(queue, all);
  return all;
}

const beats = () => http.requests.filter(({ path }) => path === beatPath).length;
const tickets = () =>
  http.requests.flatMap(({ path, headers, body }) =>
    path === '/tickets'
      ? [{ id: headers['webhook-id'], ...(JSON.parse(body) as { type: string; data: { key: string; state: string } }) }]
      : [],
  );

const backUp = async (rpoSeconds: number) => {
  const scheduledTime = scheduledTimeLabel(Date.now());
  const policy = { ...policyOf(fleet.fleet, tier), rpoSeconds };
  await requestRecoveryPoint(fleet.client, resourceOf(shop), { scheduledTime, policy, force: true });
  expect(await fleet.outcome(shop, scheduledTime)).toMatchObject({ state: 'completed' });
};

test('a missed RPO opens, and its end resolves, exactly once each, by mail, webhook, SNS, and a FIFO topic', async () => {
  await backUp(20);
  const opened = await eventually('the webhook hears of it', async () => tickets()[0], 120);
  expect(opened).toMatchObject({ type: 'farcopy.rpo-missed', data: { state: 'open' } });
  const shown = await eventually('all have heard of it', async () => {
    const { stdout } = await fleet.farcopy('alerts', '--json');
    const answer = JSON.parse(stdout) as { total: number; open: { key: string; heard: string[] }[] };
    return answer.open[0]?.heard.length === 4 ? answer : undefined;
  });
  expect(shown).toMatchObject({ total: 1, open: [{ key: opened.data.key }] });
  expect((await fleet.farcopy('status')).stdout).toContain('alerts: 1 open');

  // Nothing that is open is closed by mistake.
  const closed = await fleet.farcopy('alert', 'close', 'round/nothing');
  expect([closed.code, closed.stderr]).toEqual([
    2,
    expect.stringContaining('nothing is open by the key round/nothing'),
  ]);

  await backUp(3600);
  const resolved = await eventually('the webhook hears of its end', async () => tickets()[1], 120);
  expect(resolved).toMatchObject({ type: 'farcopy.rpo-met', data: { key: opened.data.key, state: 'resolved' } });
  await eventually('all have heard of its end', async () => {
    const { stdout } = await fleet.farcopy('alerts', '--all', '--json');
    const answer = JSON.parse(stdout) as { total: number; ended: unknown[]; underWay: unknown[] };
    return answer.total + answer.underWay.length === 0 && answer.ended.length === 1;
  });

  const ids = [opened.id, resolved.id];
  expect(new Set(ids).size).toBe(2);
  expect(tickets().map(({ id }) => id)).toEqual(ids);
  expect(mail.mails.map(({ text }) => /^Message-ID:\s+<(.*)@/im.exec(text)?.[1])).toEqual(ids);
  for (const queue of queues) {
    const all = await messagesOf(queue);
    expect(all.map(({ body }) => body.Subject)).toEqual([
      'no complete recovery point of shop within its RPO',
      'shop is within its RPO again',
    ]);
    if (queue.topic.endsWith('.fifo')) expect(all.map(({ id }) => id)).toEqual(ids);
  }
}, 300_000);

describe('the heartbeat', () => {
  /** It would have come thrice. */
  const aWhile = () => delay(15_000);
  const comes = (after: number) => eventually('the heartbeat', async () => beats() > after, 30);

  test('comes, and stays away while no worker runs', async () => {
    // As often as the fleet file says; from now on more often.
    await eventually('the heartbeat', async () => beats() > 0, 90);
    await fleet.client.schedule.getHandle(heartbeatScheduleId('panda')).update((schedule) => ({
      ...schedule,
      spec: { intervals: [{ every: '5 seconds' }] },
    }));
    await comes(beats());
    await fleet.endWorkers();
    const before = beats();
    await aWhile();
    expect(beats()).toBe(before);
    const { stdout, stderr, code } = await fleet.farcopy('alerts', '--json');
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { total: null, open: [] }]);
    expect(stderr).toContain('what is open is not known');
    await fleet.startWorkers(1);
    await comes(before);
    // It does not make up for the time in which it was away.
    expect(beats()).toBeLessThanOrEqual(before + 2);
  }, 240_000);

  test('stays away while its schedule is paused', async () => {
    const schedule = fleet.client.schedule.getHandle(heartbeatScheduleId('panda'));
    await schedule.pause('a test');
    const before = beats();
    await aWhile();
    expect(beats()).toBeLessThanOrEqual(before + 1);
    const paused = beats();
    await schedule.unpause();
    await comes(paused);
  }, 240_000);

  test('stays away while Temporal is away, and comes again', async () => {
    await sandbox.killTemporal();
    const before = beats();
    await aWhile();
    expect(beats()).toBeLessThanOrEqual(before + 1);
    const gone = beats();
    await sandbox.reviveTemporal();
    await comes(gone);
  }, 240_000);

  test('that nobody takes fails in Temporal, without its URL', async () => {
    http.react = ({ path }) => (path === beatPath ? 'cut' : { status: 202 });
    const failed = await eventually(
      'a heartbeat fails',
      async () => {
        for await (const { workflowId, runId } of fleet.client.workflow.list({
          query: "WorkflowType = 'heartbeat' AND ExecutionStatus = 'Failed'",
        }))
          return fleet.client.workflow.getHandle(workflowId, runId).fetchHistory();
        return undefined;
      },
      150,
    );
    const text = JSON.stringify(failed);
    expect(text).not.toContain('aSecretOfTheSwitch');
    expect(text).not.toContain(Buffer.from('aSecretOfTheSwitch').toString('base64').slice(0, -2));
    expect(text).toContain('heartbeat: ');
  }, 240_000);
});
