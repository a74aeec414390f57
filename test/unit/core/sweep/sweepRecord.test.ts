import { type Leftover, leftoverText } from '../../../../src/core/sweep/sweep';
import { SweepRecord } from '../../../../src/core/sweep/sweepRecord';

const scope = { account: '333333333333', region: 'eu-west-1', access: 'restore' } as const;
const owner = { fleet: 'panda', workflowId: 'drill/a', runId: 'run', since: '2026-11-21T02:00:00.000Z' };
const thing = (title: string, isRestored: boolean): Leftover => ({
  type: 'thing',
  kind: 'aurora-cluster',
  thing: { type: 'any', id: title },
  title,
  isRestored,
  scope,
  owner,
});
const group = thing('parameter group shop', false);
const database = thing('cluster drill-shop', true);
const kept = { what: 'cluster drill-other', why: 'its workflow is under way' };
const record = () => new SweepRecord({ fleet: 'panda', dryRun: false });

test('what a restored thing was made with is removed after it', () => {
  const sweep = record();
  sweep.found({ orphans: [group, database], kept: [] });
  expect(sweep.groups).toEqual([[database], [group]]);
});

test('what several places tell of is one thing', () => {
  const sweep = record();
  for (let place = 0; place < 2; place += 1) sweep.found({ orphans: [database], kept: [kept] });
  expect(sweep.report).toMatchObject({ found: [leftoverText(database)], kept: [kept] });
});

test('a report tells what was found, removed and left, and what could not be', () => {
  const sweep = record();
  sweep.found({ orphans: [group, database], kept: [kept] });
  sweep.gone(database);
  expect([sweep.visibleState, sweep.reason]).toEqual(['Completed', '']);
  sweep.problem('access denied');
  expect([sweep.visibleState, sweep.reason]).toEqual(['PartiallyFailed', 'access denied']);
  expect(sweep.report).toMatchObject({ removed: [leftoverText(database)], problems: ['access denied'] });
  expect(sweep.lines).toEqual([
    '**2** found, **1** removed, 1 left alone',
    `- ${leftoverText(group)}`,
    `- ${leftoverText(database)}: removed`,
    '- access denied',
  ]);
});

test('a report of thousands fits into a payload', () => {
  const sweep = record();
  for (let i = 0; i < 5000; i += 1) sweep.problem(`problem ${i}`);
  expect(sweep.report.problems).toHaveLength(200);
});
