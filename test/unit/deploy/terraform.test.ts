import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readTemplate } from '../../../sandbox/seed/cloudFormation';

const text = readFileSync(path.resolve(__dirname, '../../../deploy/terraform/main.tf'), 'utf8');

/** Names of what is assigned in the first object that a pattern finds. */
const namesIn = (pattern: RegExp, of: string) =>
  [...(pattern.exec(of)?.[1]?.matchAll(/^ {4}(\w+)/gm) ?? [])].map(([, name = '']) => name);
const ofVault = namesIn(/\n {2}vault_parameters = \{(.*?)\n {2}\}/s, text);

/** Each stack and StackSet of the wrapper: its template, and the parameters that it hands over. */
const stacks = [...text.matchAll(/^resource "aws_cloudformation_stack(?:_set)?" .*?^}/gms)].map(([block]) => ({
  template: /\/([\w-]+)\.yaml"/.exec(block)?.[1] ?? '',
  parameters: /^ {2}parameters += local\.vault_parameters$/m.test(block)
    ? ofVault
    : namesIn(/\n {2}parameters = \{(.*?)\n {2}\}/s, block),
}));

it.each(stacks)('the Terraform wrapper gives $template what it needs, and nothing that it does not know', (stack) => {
  const { Parameters } = readTemplate(stack.template);
  const needed = Object.entries(Parameters).flatMap(([name, { Default }]) => (Default === undefined ? [name] : []));
  expect(stack.parameters).toEqual(expect.arrayContaining(needed));
  expect(stack.parameters.filter((name) => !(name in Parameters))).toEqual([]);
});

test('the Terraform wrapper has the three templates that every fleet needs', () => {
  expect(stacks.map(({ template }) => template)).toEqual([
    'source-account',
    'vault-account',
    'vault-account',
    'restore-account',
  ]);
});

test.each(['aws_cloudformation_stack_set_instance.source', 'aws_cloudformation_stack.vault'])(
  '%s makes what is in no region before the other regions',
  (name) => {
    const [type = '', of = ''] = name.split('.');
    const block = (called: string) =>
      new RegExp(`^resource "${type}" "${called}" \\{$.*?^\\}$`, 'ms').exec(text)?.[0] ?? '';
    expect(block(`${of}_roles`)).toMatch(/region += var\.\w+_regions\[0\]$/m);
    expect(block(of)).toMatch(/for_each += toset\(slice\(var\.(\w+), 1, length\(var\.\1\)\)\)$/m);
    expect(block(of)).toContain(`depends_on = [${name}_roles]`);
  },
);
