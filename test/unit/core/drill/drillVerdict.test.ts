import { type DrillCheckResult, type DrillResult } from '../../../../src/core/drill/drillResult';
import { describeDrill, type DrillFindings, drillFailures } from '../../../../src/core/drill/drillVerdict';
import { type RestoreReport } from '../../../../src/core/restore/restoreReport';

const well: DrillFindings = {
  report: null,
  unreadable: [],
  checks: [{ name: 'rows', ok: true, found: '5', expected: 'at least 1', message: null }],
  rtoSeconds: 600,
  rtoObjectiveSeconds: 600,
};
const report: RestoreReport = {
  ...{ version: 1, database: 'shop', tables: 1, rows: 1, bytes: 1, equal: true, comparedWith: 'recovery-point' },
  ...{ proven: true, differences: [], notCarried: [], refused: [], rtoSeconds: 1 },
};

it('finds nothing where all is well', () => {
  expect(drillFailures(well)).toEqual([]);
  expect(drillFailures({ ...well, report })).toEqual([]);
  expect(drillFailures({ ...well, rtoSeconds: 9999, rtoObjectiveSeconds: null })).toEqual([]);
});

it('fails by each thing that is wrong', () => {
  const failed: DrillCheckResult = { name: 'fresh', ok: false, found: 'x', expected: 'y', message: 'it is stale' };
  const differences = [{ table: 'public.orders', problem: 'has 4 rows, not 5' }];
  expect(
    drillFailures({
      report: { ...report, equal: false, differences },
      unreadable: [{ table: 'public.items', problem: 'invalid page (XX001)' }],
      checks: [failed],
      rtoSeconds: 601,
      rtoObjectiveSeconds: 600,
    }),
  ).toEqual([
    'public.orders: has 4 rows, not 5',
    'public.items: cannot be read to its end: invalid page (XX001)',
    'fresh: it is stale',
    'the restore took 601 s, and may take 600 s',
  ]);
});

it('fails where what was restored differs and nobody says how', () => {
  expect(drillFailures({ ...well, report: { ...report, equal: false } })).toEqual(['what was restored differs']);
});

it('tells of a thousand of a kind how many there are, and everything else', () => {
  const unreadable = Array.from({ length: 1000 }, (_, i) => ({ table: `t${i}`, problem: 'broken' }));
  const failures = drillFailures({ ...well, unreadable, rtoSeconds: 700 });
  expect(failures.length).toBeLessThan(30);
  expect(failures).toContain('… and 980 more');
  expect(failures).toContain('the restore took 700 s, and may take 600 s');
});

it('tells people what failed, and what is left', () => {
  const result: DrillResult = {
    ...{ version: 1, verdict: 'failed', fleet: 'panda', tier: 'critical', drill: 'weekly', resource: null },
    ...{ recoveryPoint: 'p', dataTime: '2026-11-21T02:03:00Z', from: 'secure', to: '3/eu-west-1/drill-x' },
    ...{ rtoSeconds: 90.4, rtoObjectiveSeconds: null, steps: [], report: null, checks: well.checks, tables: 2 },
    ...{ rows: 10, failures: ['t: broken'], notes: [], tornDown: 'access denied' },
  };
  const { subject, message, key, state } = describeDrill(result);
  expect([key, state]).toEqual([undefined, 'open']);
  expect(subject).toBe('fleet panda, drill weekly of tier critical: failed');
  for (const words of [
    'from secure to 3/eu-west-1/drill-x',
    'after 90 s',
    '1 of 1 checks',
    '- t: broken',
    'access denied',
  ])
    expect(message).toContain(words);
  const resource = { kind: 'aurora-cluster', account: '9', region: 'eu-west-1', id: 'shop', arn: 'arn' };
  expect(describeDrill({ ...result, resource, verdict: 'passed' })).toMatchObject({
    key: 'drill/weekly/aurora-cluster/9/eu-west-1/shop',
    state: 'resolved',
  });
});
