import { type Message } from '../../../../src/core/notification';
import { pagerDutyPost } from '../../../../src/activities/notify/pagerduty';
import { slackPost } from '../../../../src/activities/notify/slack';
import { signature, webhookPost } from '../../../../src/activities/notify/webhook';

const message: Message = {
  id: 'a'.repeat(32),
  time: '2026-11-21T02:00:00.000Z',
  fleet: 'panda',
  event: 'rpo-missed',
  key: 'rpo/aurora-cluster/999999999999/eu-west-1/shop',
  state: 'open',
  subject: 'no complete recovery point of shop',
  message: 'last: <!channel> & @everyone',
};
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const url = 'https://tickets.example/farcopy';

describe('a signed webhook', () => {
  // Of the reference libraries: https://github.com/standard-webhooks/standard-webhooks (TestWebhookSign).
  it('has the signature of the published test vector', () => {
    expect(signature(secret, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1614265330, '{"test": 2432232314}')).toBe(
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    );
  });

  it('is signed over id, time of the try and body, with each secret while they change', () => {
    const other = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
    const { headers, body } = webhookPost(url, message, [secret, other], 1_614_265_330_999);
    expect(headers).toMatchObject({ 'webhook-id': message.id, 'webhook-timestamp': '1614265330' });
    expect(headers['webhook-signature']?.split(' ')).toEqual(
      [secret, other].map((one) => signature(one, message.id, 1614265330, body)),
    );
  });

  it('is a CloudEvent 1.0 in structured mode', () => {
    const { headers, body } = webhookPost(url, message, [secret], 0);
    expect(headers['content-type']).toMatch(/^application\/cloudevents\+json/);
    expect(JSON.parse(body)).toEqual({
      specversion: '1.0',
      id: message.id,
      source: '/farcopy/panda',
      type: 'farcopy.rpo-missed',
      subject: message.key,
      time: message.time,
      datacontenttype: 'application/json',
      data: {
        ...{ fleet: 'panda', event: 'rpo-missed', key: message.key, state: 'open' },
        ...{ subject: message.subject, message: message.message },
      },
    });
  });

  it('without a key has no empty subject, which CloudEvents forbids', () => {
    const { key: _, ...bare } = message;
    expect(JSON.parse(webhookPost(url, bare, [secret], 0).body)).not.toHaveProperty('subject');
  });
});

test('Slack mentions nobody and makes no link of what others have written', () => {
  const { text } = JSON.parse(slackPost(url, message).body) as { readonly text: string };
  expect(text).toContain('*no complete recovery point of shop*\nlast: &lt;!channel&gt; &amp; @');
  expect(text).not.toContain('@everyone');
});

test('a long text is cut to what Slack takes', () => {
  const { text } = JSON.parse(slackPost(url, { ...message, message: 'x'.repeat(10_000) }).body) as { text: string };
  expect(text).toHaveLength(4000);
});

describe('PagerDuty', () => {
  const sent = (changes: Partial<Message> = {}) => {
    const found = pagerDutyPost(url, 'R0UTINGKEY', { ...message, ...changes });
    return found === null ? null : (JSON.parse(found.body) as Record<string, unknown>);
  };

  it('opens an alert, and the end of the trouble resolves the same one', () => {
    const opened = sent();
    expect(opened).toMatchObject({
      routing_key: 'R0UTINGKEY',
      event_action: 'trigger',
      dedup_key: 'farcopy/panda/rpo/aurora-cluster/999999999999/eu-west-1/shop',
      payload: { summary: message.subject, source: 'farcopy/panda', severity: 'critical', timestamp: message.time },
    });
    const resolved = sent({ event: 'rpo-met', state: 'resolved', id: 'b'.repeat(32) });
    expect(resolved).toMatchObject({ event_action: 'resolve', dedup_key: opened?.dedup_key });
  });

  it('opens one of its own where there is no key, and is not told of an end that could end nothing', () => {
    expect(sent({ key: undefined })).toMatchObject({ dedup_key: `farcopy/panda/${message.id}` });
    expect(sent({ key: undefined, state: 'resolved' })).toBeNull();
  });

  it('wakes nobody for a round that workflows of an earlier build tell of', () => {
    expect(sent({ event: 'fleet-backup-ended', key: undefined, state: undefined })).toBeNull();
    expect(sent({ key: undefined, state: undefined })).toMatchObject({ event_action: 'trigger' });
  });

  it('takes keys and summaries up to their limits', () => {
    const long = sent({ key: 'k'.repeat(300), subject: 's'.repeat(2000) });
    expect(long?.dedup_key).toMatch(/^[0-9a-f]{64}$/);
    expect((long?.payload as { summary: string }).summary).toHaveLength(1024);
    expect(sent({ key: `${'k'.repeat(299)}x` })?.dedup_key).not.toBe(long?.dedup_key);
  });
});
