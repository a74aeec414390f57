import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { renderStack } from '../../../sandbox/seed/cloudFormation';
import { lenderRole, restoreRole, sourceRole, stateRole, vaultRole } from '../../../sandbox/seed/sandboxAccounts';

const deploy = path.resolve(__dirname, '../../../deploy');
const page = readFileSync(path.join(deploy, 'README.md'), 'utf8');

test('deploy/README.md names every template', () => {
  const templates = readdirSync(path.join(deploy, 'cloudformation')).filter((name) => name.endsWith('.yaml'));
  expect(templates.length).toBeGreaterThan(5);
  expect(templates.filter((name) => !page.includes(name))).toEqual([]);
});

test('the principal of the workers may take on every role that they need, and no other', () => {
  const [, text = '{}'] = /needs nothing but this.*?```json\n(.*?)```/s.exec(page) ?? [];
  const { Statement = [] } = JSON.parse(text) as { Statement?: { Action: string; Resource: string[] }[] };
  expect(Statement.map(({ Action }) => Action)).toEqual(['sts:AssumeRole']);
  const roles = [sourceRole, vaultRole, lenderRole, restoreRole, stateRole];
  expect(Statement[0]?.Resource).toEqual(roles.map((role) => `arn:aws:iam::*:role/${role}`));
});

test('what workers.yaml gives the workers is what this page says', () => {
  const [, text = '{}'] = /needs nothing but this.*?```json\n(.*?)```/s.exec(page) ?? [];
  const stack = renderStack({
    template: 'workers',
    account: '222222222222',
    region: 'eu-west-1',
    parameters: {
      ...{ Image: 'farcopy', VpcId: 'vpc-1', SubnetIds: 'subnet-1', TemporalAddress: 'temporal.example:7233' },
      FleetFileArn: 'arn:aws:ssm:eu-west-1:222222222222:parameter/farcopy/fleet-file',
      ExternalIdSecretArn: 'arn:aws:secretsmanager:eu-west-1:222222222222:secret:farcopy/external-id-a1b2c3',
    },
  });
  const { Policies } = stack.get('WorkerRole')?.properties as {
    Policies: { PolicyDocument: { Statement: { Effect: string; Action: string; Resource: string[] }[] } }[];
  };
  const allowed = Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
  expect(allowed.map(({ Effect, Action, Resource }) => ({ Effect, Action, Resource }))).toEqual(
    (JSON.parse(text) as { Statement: unknown[] }).Statement,
  );
});
