import { postgresRestoreBegun, postgresRestoreLine } from '../../../../src/core/restore/postgresRestore';

test.each([
  [{}, '**plan**'],
  [{ step: 'rows', tables: 3, bytes: 999, ofBytes: 1000 }, '**rows** of 3 tables: 99 %'],
  [{ step: 'rows', tables: 0 }, '**rows** of 0 tables: 100 %'],
  [{ step: 'compare' }, '**compare**'],
] as const)('a restore into PostgreSQL that is at %j says so', (changes, line) => {
  expect(postgresRestoreLine({ ...postgresRestoreBegun, ...changes })).toBe(line);
});
