import { awsTime } from '../../src/clouds/aws/awsTime';
import * as clock from '../../src/activities/retention/cloudTime';
import * as planning from '../../src/activities/retention/planRetention';
import * as readers from '../../src/activities/retention/readersOf';
import { type FleetClouds } from '../../src/activities/catalogue/fleetClouds';
import { type Fleet } from '../../src/config';
import * as copies from '../../src/core/catalogue/copy';
import * as marks from '../../src/core/retention/mark';
import * as planPrune from '../../src/core/retention/planPrune';
import { type DoomedCopy, type PlannedCopy, type PrunePlan } from '../../src/core/retention/prunePlan';
import { RdsOperations } from '../../src/kinds/rds/rdsOperations';
import { type Plant } from '../plant';
import { replaceMethod, together, wrapMethod } from '../replaceMethod';

/** Bugs that would let the wrong copy go, or tell of it wrongly. */
export const prunePlants: readonly Plant[] = [
  {
    name: 'wait-ignored',
    title: 'what is marked is deleted at once',
    apply: () =>
      wrapMethod(marks, 'goodMark', (work) => {
        const mark = work() as marks.Mark | null;
        return mark === null ? null : { ...mark, notBefore: new Date(0).toISOString() };
      }),
  },
  {
    name: 'hold-ignored',
    title: 'holds keep nothing from going',
    apply: () =>
      together(
        replaceMethod(copies, 'isHeld', () => false),
        planningWith((given) => ({ ...given, copies: given.copies.map((copy) => ({ ...copy, hold: copies.noHold })) })),
      ),
  },
  {
    name: 'hold-of-a-moment-ago-ignored',
    title: 'a hold that is set after a plan was made keeps nothing from going',
    apply: () => replaceMethod(copies, 'isHeld', () => false),
  },
  {
    name: 'last-copy-allowed',
    title: 'the newest copies may go, if no other rule keeps them',
    apply: () =>
      doomingKept(
        (reasons) => reasons.every((reason) => /^minimum|^the last one made|^the newest recovery point/.test(reason)),
        policyPlanted,
      ),
  },
  {
    name: 'marks-are-trusted',
    title: 'whoever deletes makes no plan: what is marked goes',
    apply: () =>
      wrapMethod(planning, 'planRetention', async (work, [, clouds]) => {
        const judged = (await work()) as planning.Judged;
        if ((clouds as FleetClouds).reader !== 'pruner') return judged;
        const { kept, doomed } = judged.plan;
        const more = kept.flatMap(({ copy }) => {
          const mark = marks.parseMark(copy.mark);
          return mark === null ? [] : [doomedBy(copy, mark.policy)];
        });
        return { ...judged, plan: { ...judged.plan, doomed: [...doomed, ...more] } };
      }),
  },
  {
    name: 'policy-of-the-mark-ignored',
    title: 'a mark counts although the policy that made it has changed',
    apply: () => replaceMethod(marks, 'goodMark', ((text: string | null) => marks.parseMark(text)) as never),
  },
  {
    name: 'local-clock',
    title: 'copies wait by the clock of the machine',
    apply: () =>
      together(
        replaceMethod(clock, 'cloudTime', () => Promise.resolve(Date.now())),
        replaceMethod(clock, 'cloudClock', () => () => Promise.resolve(Date.now())),
      ),
  },
  {
    name: 'clocks-not-compared',
    title: 'AWS’s clock is believed whatever it says',
    apply: () => {
      const asked = async (fleet: Fleet, { access, reader }: FleetClouds) => {
        const account = fleet.vaults[0]?.account ?? '';
        return (await awsTime(access, { account, region: 'eu-west-1', access: reader ?? 'vault' })) ?? 0;
      };
      return together(
        replaceMethod(clock, 'cloudTime', asked as never),
        replaceMethod(
          clock,
          'cloudClock',
          ((fleet: Fleet, clouds: FleetClouds) => () => asked(fleet, clouds)) as never,
        ),
      );
    },
  },
  {
    name: 'copied-tags-are-believed',
    title: 'a copy is Farcopy’s where its tags say so, whatever its name',
    apply: () =>
      wrapMethod(planPrune, 'planPrune', (work) => {
        const plan = work() as PrunePlan;
        const more = plan.refused.filter(({ why }) => why.startsWith('Farcopy would have called it'));
        return { ...plan, doomed: [...plan.doomed, ...more.map(({ copy }) => doomedBy(copy, policyPlanted))] };
      }),
  },
  {
    name: 'readers-are-not-asked',
    title: 'what a restore reads is deleted',
    apply: () => replaceMethod(readers, 'readersOf', () => Promise.resolve({ whoReads: () => null, unclear: null })),
  },
  {
    name: 'lost-answer-taken-as-done',
    title: 'a deletion whose answer is lost counts as done',
    apply: () =>
      wrapMethod(RdsOperations.prototype, 'delete', async (work, [, scope]) => {
        const done = work() as Promise<void>;
        await ((scope as copies.Scope).access === 'pruner' ? done.catch(() => undefined) : done);
      }),
  },
];

const policyPlanted = 'planted';

function planningWith(change: (given: planPrune.PruneCircumstances) => planPrune.PruneCircumstances): () => void {
  const original = planPrune.planPrune;
  return replaceMethod(planPrune, 'planPrune', ((given: planPrune.PruneCircumstances) =>
    original(change(given))) as never);
}

/** Lets go what is kept for no other reasons than such. */
function doomingKept(isNone: (reasons: readonly string[]) => boolean, policy: string): () => void {
  return wrapMethod(planPrune, 'planPrune', (work) => {
    const plan = work() as PrunePlan;
    const going = plan.kept.filter(({ reasons }) => isNone(reasons));
    return {
      ...plan,
      kept: plan.kept.filter((one) => !going.includes(one)),
      doomed: [...plan.doomed, ...going.map(({ copy }) => doomedBy(copy, policy))],
    };
  });
}

function doomedBy(copy: PlannedCopy, policy: string): DoomedCopy {
  return { copy, rule: 'planted', notBefore: new Date(0).toISOString(), policy, brake: null };
}
