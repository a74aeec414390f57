import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readTemplate } from '../../../sandbox/seed/cloudFormation';

const text = readFileSync(path.resolve(__dirname, '../../../deploy/terraform/main.tf'), 'utf8');

/** Each stack and StackSet of the wrapper: its template, and the parameters that it hands over. */
const stacks = [...text.matchAll(/^resource "aws_cloudformation_stack(?:_set)?" .*?^}/gms)].map(([block]) => ({
  template: /\/([\w-]+)\.yaml"/.exec(block)?.[1] ?? '',
  parameters: [...(/\n {2}parameters = \{(.*?)\n {2}\}/s.exec(block)?.[1]?.matchAll(/^ {4}(\w+)/gm) ?? [])].map(
    ([, name = '']) => name,
  ),
}));

it.each(stacks)('the Terraform wrapper gives $template what it needs, and nothing that it does not know', (stack) => {
  const { Parameters } = readTemplate(stack.template);
  const needed = Object.entries(Parameters).flatMap(([name, { Default }]) => (Default === undefined ? [name] : []));
  expect(stack.parameters).toEqual(expect.arrayContaining(needed));
  expect(stack.parameters.filter((name) => !(name in Parameters))).toEqual([]);
});

test('the Terraform wrapper has the three templates that every fleet needs', () => {
  expect(stacks.map(({ template }) => template)).toEqual(['source-account', 'vault-account', 'restore-account']);
});
