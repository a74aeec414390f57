import { readFileSync } from 'node:fs';
import path from 'node:path';

const read = (file: string) => readFileSync(path.resolve(__dirname, '../../..', file), 'utf8');

/** Types of faults as the emulator has them, and routes of its control endpoint that make something go wrong. */
function faultsOfEmulator(): string[] {
  const [, types = ''] =
    /^_TYPES[^{]*\{\n([\s\S]*?)^\}/m.exec(read('sandbox/aws/farcopy_aws_emulator/faults.py')) ?? [];
  const routes = ['resources/status', 'denials', 'data/corrupt', 'operations/fail', 'limits'];
  return [...[...types.matchAll(/^ {4}"([\w-]+)":/gm)].map(([, type = '']) => type), ...routes];
}

describe('the runbook', () => {
  const [, table = ''] = read('docs/sandbox.md').split('## Making things go wrong');
  const rows = table.split('\n').filter((line) => line.startsWith('| `'));

  it.each(faultsOfEmulator())('leads on from what a fault of the emulator looks like: %s', (fault) => {
    const row = rows.find((line) => line.split('|')[1]?.includes(`\`${fault}\``));
    expect(row).toMatch(/\(runbook\.md#[\w-]+\)/);
  });

  it('knows the faults that there are', () => {
    expect(faultsOfEmulator()).toEqual(expect.arrayContaining(['region-down', 'drop-object', 'data/corrupt']));
  });
});
