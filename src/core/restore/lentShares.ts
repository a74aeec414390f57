import { type CopyRef, type Scope } from '../catalogue/copy';
import { type Step } from '../steps/step';
import { type StepReport } from '../steps/stepGraph';
import { type RestorePlan } from './restorePlan';

/** That an account may read a copy which stays, for the sake of a restore. */
export interface LentShare {
  readonly copy: CopyRef;
  readonly scope: Scope;
  readonly account: string;
}

/** What a restore lends; with a temporary copy, its shares go by themselves. */
export function sharesOf({ steps, source }: RestorePlan): readonly LentShare[] {
  return steps.flatMap((step) => (step.reads === null ? (shareOf(step, source) ?? []) : []));
}

/** That the copy may be read as long as a step is not undone; null of a step after which it stays so, or that shares nothing. */
export function shareOf(step: Step, source: CopyRef): LentShare | null {
  return step.temporary ? letRead(step, source) : null;
}

function letRead({ type, scope, input }: Step, source: CopyRef): LentShare | null {
  return type === 'share' && typeof input.shareWith === 'string'
    ? { copy: copyOf(source), scope, account: input.shareWith }
    : null;
}

/** What a restore under way still reads, or has yet to read, whether it gives that back or not. */
export function sharesStillRead(plan: RestorePlan, reports: readonly StepReport[]): readonly LentShare[] {
  const hasEnded = (id: string) =>
    reports.some(({ step, state }) => step === id && ['done', 'failed', 'skipped'].includes(state));
  const isRead = (share: string) => {
    const readers = plan.steps.filter(({ after }) => after.includes(share));
    return readers.length === 0 || readers.some(({ id }) => !hasEnded(id));
  };
  const shares = plan.steps.filter(({ id, reads }) => reads === null && isRead(id));
  return shares.flatMap((share) => letRead(share, plan.source) ?? []);
}

/** Whether two restores lend the same. */
export function isSameShare(a: Pick<LentShare, 'copy' | 'account'>, b: Pick<LentShare, 'copy' | 'account'>): boolean {
  return a.copy.arn === b.copy.arn && a.account === b.account;
}

const copyOf = ({ kind, account, region, id, arn }: CopyRef): CopyRef => ({ kind, account, region, id, arn });
