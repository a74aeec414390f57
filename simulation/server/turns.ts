import { copyTags } from '../../src/core/catalogue/copy';
import { recoveryPointWorkflowId } from '../../src/core/naming';
import { type CallWatch, type SimulatedClouds } from '../clouds/simulatedClouds';
import { type BriefScenario, type Turn } from './briefScenario';

/** Lets each turn of a scenario come, as soon as what it is about has been begun. */
export class Turns implements CallWatch {
  private readonly left: Set<Turn>;

  constructor(
    private readonly scenario: BriefScenario,
    private readonly clouds: SimulatedClouds,
    private readonly cancel: (workflowId: string) => Promise<unknown>,
  ) {
    this.left = new Set(scenario.turns);
  }

  before(): void {
    // A turn comes of what is done, not of what is asked.
  }

  after(): void {
    const { snapshots } = this.clouds.cloud.state;
    for (const turn of this.left) {
      const { id, account, kind } = this.scenario.resources[turn.resource] ?? {};
      const begun = snapshots.byPlace.values().find(({ tags, ...copy }) => {
        const isAtHome = copy.account === account;
        const path = (tags[copyTags.recoveryPoint] ?? '').split('/');
        return path[0] === kind && path[1] === account && path[3] === id && isAtHome === (turn.place === 'source');
      });
      if (begun === undefined) continue;
      this.left.delete(turn);
      if (turn.what === 'operation-fails') begun.failed = true;
      else void this.cancel(recoveryPointWorkflowId(begun.tags[copyTags.recoveryPoint] ?? '')).catch(() => undefined);
    }
  }
}
