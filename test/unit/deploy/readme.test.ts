import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
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
