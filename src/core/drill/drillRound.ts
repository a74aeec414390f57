import { type DatabaseAccess } from '../catalogue/databaseAccess';
import { type ResourceRef, resourcePath } from '../resource';
import { keyword, type VisibleState } from '../searchAttributes';
import { type StepReport } from '../steps/stepGraph';
import { type DrillPolicy } from './drill';
import { type DrillResult } from './drillResult';
import { markdown } from '../markdown';

/** Input of the workflow `drillTier`: one round of a drill. */
export interface DrillTierInput {
  readonly version: 1;
  readonly fleet: string;
  readonly tier: string;
  /** Name of the drill; what it does, the workers' fleet file says. */
  readonly drill: string;
}

/** A drill and how it reaches what it restores. */
export interface PlannedDrill {
  readonly drill: DrillPolicy;
  readonly connect: DatabaseAccess | null;
  /** Whether the fleet keeps a ledger; absent: it does not. */
  readonly ledger?: boolean;
}

/** What came of one resource of a round. */
export interface DrillVerdict {
  /** `kind/account/region/id`. */
  readonly resource: string;
  /** `not-performed`: nothing is known of its copies, since the drill itself could not be done. */
  readonly verdict: 'passed' | 'failed' | 'not-performed';
  readonly recoveryPoint: string | null;
  readonly from: string | null;
  readonly rtoSeconds: number | null;
  readonly failures: readonly string[];
}

/** The answer to its query `progress`: a step for each resource that was drawn. */
export interface DrillTierProgress {
  readonly steps: readonly StepReport[];
}

/** How a round of a drill ended. */
export interface DrillTierSummary {
  readonly state: 'passed' | 'failed';
  readonly fleet: string;
  readonly tier: string;
  readonly drill: string;
  /** How many resources the tier has; some of them were drawn. */
  readonly resources: number;
  readonly passed: number;
  readonly failed: number;
  readonly verdicts: readonly DrillVerdict[];
  /** Accounts that could not be read. */
  readonly problems: readonly string[];
}

/**
 * Draws some of many, each as likely as any other.
 *
 * @param count null for all
 * @param random gives numbers in [0, 1)
 */
export function drawn<T>(all: readonly T[], count: number | null, random: () => number): T[] {
  const left = [...all];
  const wanted = Math.min(count ?? all.length, all.length);
  return Array.from({ length: wanted }, () => left.splice(Math.floor(random() * left.length), 1)).flat();
}

/** A round of a thousand drills that fail must fit into one payload. */
const mostFailures = 3;

/** Keeps the books of one round of a drill. It knows nothing of Temporal; the workflow `drillTier` hands in what it hears. */
export class DrillRound {
  private resources: readonly ResourceRef[] = [];
  private chosen: readonly ResourceRef[] = [];
  private readonly verdicts: DrillVerdict[] = [];
  private readonly problems: string[] = [];

  constructor(private readonly input: DrillTierInput) {}

  /** Takes in what the tier has, and what of it was drawn. */
  drew(resources: readonly ResourceRef[], chosen: readonly ResourceRef[]): void {
    this.resources = resources;
    this.chosen = chosen;
  }

  /** Something keeps the round from being whole: an account that cannot be read, a drill that nobody knows. */
  problem(message: string): void {
    this.problems.push(message);
  }

  drilled(resource: ResourceRef, { verdict, recoveryPoint, from, rtoSeconds, failures }: DrillResult): void {
    this.judge(resource, { verdict, recoveryPoint, from, rtoSeconds, failures });
  }

  /** Nothing is known of its copies. */
  notPerformed(resource: ResourceRef, why: string): void {
    this.judge(resource, {
      verdict: 'not-performed',
      recoveryPoint: null,
      from: null,
      rtoSeconds: null,
      failures: [why],
    });
  }

  get summary(): DrillTierSummary {
    const { fleet, tier, drill } = this.input;
    const failed = this.verdicts.length - this.passed;
    return {
      state: failed + this.problems.length === 0 ? 'passed' : 'failed',
      fleet,
      tier,
      drill,
      resources: this.resources.length,
      passed: this.passed,
      failed,
      verdicts: this.verdicts,
      problems: this.problems,
    };
  }

  get visibleState(): VisibleState {
    if (this.summary.state === 'passed') return 'Completed';
    return this.passed > 0 ? 'PartiallyFailed' : 'Failed';
  }

  /** Everything that is not as it should be, with the first failure of each drill; empty where all is well. */
  get reason(): string {
    const failures = this.verdicts.flatMap(({ resource, failures: [first] }) =>
      first === undefined ? [] : [`${resource}: ${first}`],
    );
    return [...this.problems, ...failures].join('; ');
  }

  /** Where it stands, in lines of Markdown for the Temporal UI. */
  get lines(): string[] {
    return [
      markdown`**${this.verdicts.length} of ${this.chosen.length}** drilled, ${this.passed} passed`,
      ...this.verdicts.map(
        ({ resource, verdict, failures }) => markdown`- ${resource}: ${[verdict, ...failures.slice(0, 1)].join(' — ')}`,
      ),
      ...this.problems.map((problem) => markdown`- ${problem}`),
    ];
  }

  /** A step for each resource that was drawn: they are drilled one after the other. */
  get steps(): StepReport[] {
    return this.chosen.map((resource, i) => {
      const step = resourcePath(resource);
      const verdict = this.verdicts[i];
      if (verdict === undefined) return { step, state: i === this.verdicts.length ? 'running' : 'pending' };
      return verdict.verdict === 'passed'
        ? { step, state: 'done' }
        : { step, state: 'failed', message: verdict.failures.join('; ') };
    });
  }

  private get passed(): number {
    return this.verdicts.filter(({ verdict }) => verdict === 'passed').length;
  }

  private judge(resource: ResourceRef, judged: Omit<DrillVerdict, 'resource'>): void {
    const failures = judged.failures.slice(0, mostFailures).map(keyword);
    this.verdicts.push({ ...judged, resource: resourcePath(resource), failures });
  }
}
