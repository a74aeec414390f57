import { type RestorePlan } from '../../../../src/core/restore/restorePlan';
import { differenceLines, keptText, restoreResult } from '../../../../src/core/restore/restoreResult';
import { step } from '../../../../src/core/steps/step';
import { StepGraph } from '../../../../src/core/steps/stepGraph';

const scope = { account: '333333333333', region: 'eu-west-1', access: 'restore' } as const;
const planned = (id: string) =>
  step({ id, type: id, scope, marker: id, expects: { seconds: 0, secondsPerGiB: 0 }, counts: 'note' });
const resource = { kind: 'aurora-cluster', account: '999999999999', region: 'eu-west-1', id: 'shop', arn: 'arn' };
const plan: RestorePlan = {
  version: 1,
  fleet: 'panda',
  tier: 'gold',
  resource,
  recoveryPoint: 'point',
  scheduledTime: '2026-11-21T02:00:00Z',
  source: {
    ...resource,
    place: 'secure',
    account: '111111111111',
    keyArn: null,
    sizeGiB: 10,
    dataTime: '2026-11-21T02:01:00Z',
    verifiedAt: '2026-11-21T03:00:00Z',
  },
  target: scope,
  id: 'shop-back',
  configurationFrom: 'live',
  polling: { shortestSeconds: 15, longestSeconds: 300 },
  steps: [planned('cluster'), planned('instance'), planned('settings')],
  usable: ['cluster', 'instance'],
  keeps: 'cluster',
  lines: [],
  differences: ['its port'],
};
const facts = { arn: 'arn:new', lines: [], answersSql: true, sql: null, details: {} };

test('it could be used once every step was done that this takes, and the last facts are those of what was made', () => {
  const graph = new StepGraph(plan.steps);
  graph.end('cluster', 20_000, { facts: { arn: 'arn:begun' } });
  graph.end('instance', 50_000, { facts });
  graph.fail('settings', { type: 'Unknown', message: 'no backup window' }, 60_000);
  expect(restoreResult(plan, graph, { begun: 10_000, ended: 70_000 })).toEqual({
    ...facts,
    kind: 'aurora-cluster',
    account: '333333333333',
    region: 'eu-west-1',
    id: 'shop-back',
    recoveryPoint: 'point',
    dataTime: '2026-11-21T02:01:00Z',
    from: { place: 'secure', account: '111111111111', region: 'eu-west-1' },
    rtoSeconds: 40,
    totalSeconds: 60,
    differences: ['its port', 'no backup window'],
  });
});

test('people are told that the data is back although the restore failed, and what will not be as it was', () => {
  expect(keptText('no backup window', plan)).toMatch(
    /^no backup window\. The data is back all the same: shop-back in 333333333333\/eu-west-1 is available/,
  );
  expect(differenceLines(plan)).toEqual(['- not as it was: its port']);
});
