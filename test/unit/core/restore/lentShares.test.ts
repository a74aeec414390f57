import { sharesStillRead } from '../../../../src/core/restore/lentShares';
import { type RestorePlan } from '../../../../src/core/restore/restorePlan';
import { step } from '../../../../src/core/steps/step';
import { type StepState } from '../../../../src/core/steps/stepGraph';

const scope = { account: '111111111111', region: 'eu-west-1', access: 'restore' } as const;
const planned = (id: string, type: string, after: string[] = [], temporary = false) =>
  step({
    id,
    type,
    scope,
    marker: id,
    after,
    temporary,
    expects: { seconds: 0, secondsPerGiB: 0 },
    input: { shareWith: '3' },
  });
const planOf = (isGivenBack: boolean) =>
  ({
    source: { kind: 'k', account: '1', region: 'r', id: 'copy', arn: 'arn:copy' },
    steps: [
      planned('share', 'share', [], isGivenBack),
      planned('copy:target', 'copy', ['share'], true),
      planned('database', 'database', ['copy:target']),
    ],
  }) as unknown as RestorePlan;
const readOf = (plan: RestorePlan) => (...states: (readonly [string, StepState])[]) =>
  sharesStillRead(plan, states.map(([one, state]) => ({ step: one, state }))).map(({ copy, account }) => `${copy.arn} ${account}`); // prettier-ignore
const read = readOf(planOf(true));

test('a restore needs what it was lent until what reads it has ended, and already before it has begun', () => {
  expect(read()).toEqual(['arn:copy 3']);
  expect(read(['share', 'done'], ['copy:target', 'running'])).toEqual(['arn:copy 3']);
  expect(read(['share', 'done'], ['copy:target', 'done'], ['database', 'running'])).toEqual([]);
  expect(read(['share', 'done'], ['copy:target', 'failed'])).toEqual([]);
});

test('it needs as well what it leaves shared since vaults may be reading it', () => {
  const readByVaultsToo = readOf(planOf(false));
  expect(readByVaultsToo()).toEqual(['arn:copy 3']);
  expect(readByVaultsToo(['share', 'done'], ['copy:target', 'done'])).toEqual([]);
});
