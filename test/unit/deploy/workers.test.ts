import { renderStack } from '../../../sandbox/seed/cloudFormation';

interface Container {
  readonly Name: string;
  readonly Command: readonly string[];
  readonly Environment?: readonly { readonly Name: string; readonly Value: string }[];
  readonly Secrets: readonly { readonly Name: string; readonly ValueFrom: string }[];
  readonly HealthCheck?: { readonly Command: readonly string[] };
}

const secret = (name: string) => `arn:aws:secretsmanager:eu-west-1:222222222222:secret:farcopy/${name}-a1b2c3`;
const google = 'arn:aws:ssm:eu-west-1:222222222222:parameter/farcopy/google';
const retentionGoogle = `${google}-retention`;
/** Variables that the pages name for the fleet file's notifications. */
const ofChannels: Readonly<Record<string, string>> = {
  PagerDutyKeySecretArn: 'FARCOPY_PAGERDUTY_KEY',
  SlackUrlSecretArn: 'FARCOPY_SLACK_URL',
  WebhookSecretArn: 'FARCOPY_WEBHOOK_SECRET',
  SmtpUserSecretArn: 'FARCOPY_SMTP_USER',
  SmtpPasswordSecretArn: 'FARCOPY_SMTP_PASSWORD',
  HeartbeatUrlSecretArn: 'FARCOPY_HEARTBEAT_URL',
};

function rendered(more: Readonly<Record<string, string>> = {}) {
  return renderStack({
    template: 'workers',
    account: '222222222222',
    region: 'eu-west-1',
    parameters: {
      ...{ Image: 'farcopy', VpcId: 'vpc-1', SubnetIds: 'subnet-1,subnet-2', TemporalAddress: 'temporal.example:7233' },
      ...{ FleetFileArn: secret('fleet-file'), ExternalIdSecretArn: secret('external-id'), RunsRetention: 'true' },
      ...more,
    },
  });
}

const everything = rendered({
  GoogleCredentialsArn: google,
  RetentionGoogleCredentialsArn: retentionGoogle,
  ...Object.fromEntries(Object.keys(ofChannels).map((name) => [name, secret(name)])),
});
const retaining = ['MarkTask', 'PruneTask'];
const tasks = ['FleetTask', 'TransferTask', ...retaining];

function containerOf(stack: ReturnType<typeof rendered>, task: string, name = 'farcopy'): Container {
  const containers = stack.get(task)?.properties.ContainerDefinitions as readonly Container[] | undefined;
  const found = containers?.find((one) => one.Name === name);
  if (found === undefined) throw new Error(`${task} has no container ${name}`);
  return found;
}

const secretsOf = (container: Container) =>
  Object.fromEntries(container.Secrets.map(({ Name, ValueFrom }) => [Name, ValueFrom]));

test('workers of the fleet get the secrets of channels, and no other worker does', () => {
  const wanted = Object.entries(ofChannels).map(([parameter, variable]) => [variable, secret(parameter)]);
  expect(secretsOf(containerOf(everything, 'FleetTask'))).toMatchObject(Object.fromEntries(wanted) as object);
  for (const task of tasks.slice(1))
    expect(Object.keys(secretsOf(containerOf(everything, task)))).toEqual(['FARCOPY_EXTERNAL_ID']);
});

test.each(tasks)('%s gets Google’s file of credentials where its variable says', (task) => {
  const [, place = ''] =
    /GOOGLE_CREDENTIALS\) writeFileSync\('([^']+)'/.exec(
      containerOf(everything, task, 'fleet-file').Command[0] ?? '',
    ) ?? [];
  expect(place).toMatch(/^\/fleet\//);
  expect(secretsOf(containerOf(everything, task, 'fleet-file')).GOOGLE_CREDENTIALS).toBe(
    retaining.includes(task) ? retentionGoogle : google,
  );
  expect(containerOf(everything, task).Environment).toContainEqual({
    Name: 'GOOGLE_APPLICATION_CREDENTIALS',
    Value: place,
  });
});

test('ECS may read each of them to hand it over', () => {
  const { Policies } = everything.get('ExecutionRole')?.properties as {
    Policies: { PolicyDocument: { Statement: { Sid: string; Resource: unknown }[] } }[];
  };
  const read = Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement).find(
    ({ Sid }) => Sid === 'ReadSettings',
  );
  expect(read?.Resource).toEqual(
    expect.arrayContaining([google, retentionGoogle, ...Object.keys(ofChannels).map(secret)]),
  );
});

test.each(retaining)('%s has no credentials of the workers for Google, which may write there', (task) => {
  const text = JSON.stringify(rendered({ GoogleCredentialsArn: google }).get(task));
  expect(text).not.toContain(google);
  expect(text).not.toContain('GOOGLE_APPLICATION_CREDENTIALS');
});

test('without them, nothing asks for them', () => {
  const text = JSON.stringify([...rendered()]);
  for (const name of [...Object.values(ofChannels), 'GOOGLE_APPLICATION_CREDENTIALS']) expect(text).not.toContain(name);
});

test.each(tasks)('%s is asked whether it has started, by what the image has for it', (task) => {
  expect(containerOf(everything, task).HealthCheck?.Command).toEqual([
    'CMD',
    'node',
    '/opt/farcopy/healthcheck.js',
    '/startupz',
  ]);
});
