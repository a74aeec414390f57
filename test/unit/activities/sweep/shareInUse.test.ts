import { type Client } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { shareInUse, type ShareUse } from '../../../../src/activities/sweep/shareInUse';
import { workflowNames } from '../../../../src/core/messageNames';
import { type RestorePlan } from '../../../../src/core/restore/restorePlan';
import { searchAttributes } from '../../../../src/core/searchAttributes';
import { step } from '../../../../src/core/steps/step';
import { type StepReport } from '../../../../src/core/steps/stepGraph';

const vault = { account: '111111111111', region: 'eu-west-1', access: 'lender' } as const;
const borrower = '333333333333';
const copy = {
  ...{ kind: 'aurora-cluster', account: vault.account, region: vault.region, id: 'farcopy-shop' },
  arn: 'arn:aws:rds:eu-west-1:111111111111:cluster-snapshot:farcopy-shop',
};
const own = 'restore/own';

interface Restore {
  readonly status: 'Running' | 'Completed' | 'Failed' | 'Canceled' | 'Terminated';
  readonly workflowId: string;
  readonly fleet: string;
  /** The copy that it restores, by its ARN, and the account that it has it lent to. */
  readonly reads: string;
  readonly lendsTo: string;
  readonly steps: readonly StepReport[];
  readonly answers: boolean;
}

const restore = (changes: Partial<Restore> = {}): Restore => ({
  ...{ status: 'Running', workflowId: 'restore/other', fleet: 'panda', reads: copy.arn, lendsTo: borrower },
  ...{ steps: [{ step: 'share', state: 'done' }], answers: true },
  ...changes,
});

function planOf({ reads, lendsTo }: Restore): RestorePlan {
  const named = { scope: vault, expects: { seconds: 0, secondsPerGiB: 0 }, temporary: true };
  return {
    source: { ...copy, arn: reads },
    steps: [
      step({ ...named, id: 'share', type: 'share', marker: copy.id, input: { shareWith: lendsTo } }),
      step({ ...named, id: 'copy:target', type: 'copy', marker: 'farcopy-on-the-way', after: ['share'] }),
    ],
  } as unknown as RestorePlan;
}

/** One that a person has started in the Temporal UI has none before it has planned. */
const attributesOf = ({ fleet }: Restore) =>
  new TypedSearchAttributes(fleet === '' ? [] : [{ key: searchAttributes.fleet, value: fleet }]);

/** Temporal with these restores: its list shows what a query asks for, and the history of what has ended answers as well. */
function temporalOf(restores: readonly Restore[]): Client {
  const shown = ({ status, fleet }: Restore) => [
    `WorkflowType = '${workflowNames.restoreRecoveryPoint}'`,
    `${searchAttributes.fleet.name} = '${fleet}'`,
    `ExecutionStatus = '${status}'`,
  ];
  return {
    withAbortSignal: (_signal: AbortSignal, run: () => Promise<unknown>) => run(),
    withDeadline: (_deadline: number, ask: () => Promise<unknown>) => ask(),
    workflow: {
      list: async function* ({ query }: { readonly query: string }) {
        const wanted = query.split(' AND ');
        for (const one of restores)
          if (wanted.every((clause) => shown(one).includes(clause)))
            yield { workflowId: one.workflowId, runId: 'run', typedSearchAttributes: attributesOf(one) };
      },
      getHandle: (workflowId: string) => ({
        query: async () => {
          const found = restores.find((one) => one.workflowId === workflowId);
          if (found?.answers !== true) throw new Error('deadline exceeded');
          return { plan: planOf(found), steps: found.steps };
        },
      }),
    },
  } as unknown as Client;
}

/** Who uses what a restore is about to give back. */
const users = (...restores: Restore[]) =>
  new MockActivityEnvironment(
    { workflowExecution: { workflowId: own, runId: 'run' } },
    { client: temporalOf([restore({ workflowId: own }), ...restores]) },
  ).run<[], ShareUse, () => Promise<ShareUse>>(() => shareInUse('panda', { copy, account: borrower }));

const nobody = { readers: [], silent: [] };

describe('what a restore gives back', () => {
  it.each<[string, Partial<Restore>]>([
    ['is reading it', { steps: [{ step: 'copy:target', state: 'running' }] }],
    ['has yet to read it', { steps: [] }],
  ])('is in use where another one under way %s', async (_, changes) => {
    expect(await users(restore(changes))).toEqual({ readers: ['restore/other'], silent: [] });
  });

  it('is in use by one that a person has started in the Temporal UI, and that bears no fleet', async () => {
    expect(await users(restore({ fleet: '', steps: [] }))).toEqual({ readers: ['restore/other'], silent: [] });
  });

  it.each(['Completed', 'Failed', 'Canceled', 'Terminated'] as const)(
    'is not kept by another one that has ended (%s), though it never came to read it',
    async (status) => {
      expect(await users(restore({ status, steps: [] }))).toEqual(nobody);
    },
  );

  it.each<[string, Partial<Restore>]>([
    ['has read it', { steps: [{ step: 'copy:target', state: 'done' }] }],
    ['reads another copy', { reads: 'arn:aws:rds:eu-west-1:111111111111:cluster-snapshot:farcopy-other' }],
    ['has the copy lent to another account', { lendsTo: '444444444444' }],
    ['is of another fleet', { fleet: 'fox' }],
  ])('is not kept by another one under way that %s', async (_, changes) => {
    expect(await users(restore(changes))).toEqual(nobody);
  });

  it('may be in use by one under way that gives no answer', async () => {
    expect(await users(restore({ answers: false }))).toEqual({ readers: [], silent: ['restore/other'] });
  });

  it('is told with every reader', async () => {
    const { readers } = await users(restore(), restore({ workflowId: 'restore/third' }), restore({ status: 'Failed' }));
    expect([...readers].sort()).toEqual(['restore/other', 'restore/third']);
  });
});
