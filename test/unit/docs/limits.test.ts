import { readFileSync } from 'node:fs';
import path from 'node:path';
import { withTables } from '../../../scripts/capabilityTable';

describe('docs/limits.md', () => {
  it('has the tables as the code has them: node dist/scripts/writeCapabilityTable.js writes them', () => {
    const page = readFileSync(path.resolve(__dirname, '../../../docs/limits.md'), 'utf8');
    expect(page).toBe(withTables(page));
  });

  it('tells of a page without a place for them', () => {
    expect(() => withTables('# Limits')).toThrow(/lacks/);
  });
});
