import { readFileSync } from 'node:fs';
import path from 'node:path';
import { workflowInputs } from '../../../src/core/messages/inputs';

test('the table of workflows has every one that a worker runs, and no other', () => {
  const page = readFileSync(path.resolve(__dirname, '../../../docs/architecture.md'), 'utf8');
  const [, section = ''] = page.split('\n## Workflows\n');
  const [table = ''] = section.trim().split('\n\n');
  const named = [...table.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
  expect(named.sort()).toEqual(Object.keys(workflowInputs).sort());
});
