import { copyTags, temporaryRetention } from '../../src/core/catalogue/copy';
import { type StepRequest } from '../../src/activities/steps/stepContracts';
import { recoveryPointWorkflowId } from '../../src/core/naming';
import { knownKinds } from '../../src/kinds/registry';
import { type FakeCloud } from '../../test/fakes/aws/fakeCloud';
import { byArn } from '../../test/fakes/aws/commands/snapshots';
import { firstOf } from '../../test/fakes/aws/databases';
import { forms, kindsOf, likenessOf, wordsOf } from '../../test/fakes/aws/forms';
import { type FakeSnapshot } from '../../test/fakes/aws/snapshots';
import { type CallWatch, type CloudCall } from '../clouds/simulatedClouds';
import { fleetName, regions, secondVaultAccount, sourceAccounts, vaultAccount, vaults } from '../scenario';
import { type ActivityFunctions, attemptHere } from '../temporal/activityService';
import { type Run } from '../temporal/run';
import { type Witness } from '../temporal/service';

/** Names of copies that no workflow has made, and that claim to be a vault's: some kinds' tags are read only of such names. */
export const forgedPrefix = 'farcopy-forged-';

const accounts: readonly string[] = [...sourceAccounts, vaultAccount, secondVaultAccount];
const places: readonly string[] = [...regions, vaults.far.region];

/** What holds of every call to the clouds, whoever makes it and whatever befalls it. */
export class CallRules implements CallWatch {
  cloud: FakeCloud | null = null;
  /** Workflows that had to give up the undoing of a step. */
  leaves: ReadonlySet<string> = new Set();
  /** Who has had a copy shared with an account, and has not taken it back. */
  private readonly readers = new Map<string, Set<Run>>();

  constructor(private readonly witness: Witness) {}

  before({ scope, command, input }: CloudCall): void {
    if (!accounts.includes(scope.account) || !places.includes(scope.region))
      this.witness.violation('outside', `${command} in ${scope.account}/${scope.region}, which is in no fleet file`);
    for (const account of (input.ValuesToAdd as string[] | undefined) ?? [])
      if (!accounts.includes(account)) this.witness.violation('outside', `${command} lends a copy to ${account}`);
    if (/^Restore/.test(command)) this.mustBeGenuine(command, scope, input);
    if (/^Modify.*SnapshotAttribute$/.test(command)) this.sharesOfOthersStay(scope, input);
    // What retention deletes, rules of its own are for.
    if (/^Delete.*Snapshot$/.test(command) && scope.access !== 'pruner')
      this.mayBeDeleted(command, this.named({ scope, input }));
    if (command === 'AddTagsToResource') {
      const found = this.named({ scope, input });
      if (found !== undefined && !isOurs(found))
        this.witness.violation('not-ours', `${found.arn} is tagged, and is not ours`);
    }
  }

  after({ scope, command }: CloudCall): void {
    if (!/^(Create|Copy).*Snapshot$/.test(command)) return;
    for (const { name, capacity, countsIn } of knownKinds.limits) {
      if (name === 'export-tasks') continue;
      const running = this.snapshots.filter(
        (one) =>
          one.account === scope.account &&
          one.region === scope.region &&
          isOurs(one) &&
          this.isRunning(one) &&
          !this.isUnseen(one) &&
          limitOf(one, countsIn) === name,
      );
      if (running.length > capacity)
        this.witness.violation(
          'capacity',
          `${running.length} operations of ours in flight under ${name} of ${scope.account}/${scope.region}, which takes ${capacity}`,
        );
    }
  }

  /**
   * Begun by a start whose answer was lost, of a recovery point that could look for it no more: its role had lost its rights. Permits are
   * not kept for such, since nobody could back up anything else; AWS refuses one start, which is tried again.
   */
  private isUnseen({ tags }: FakeSnapshot): boolean {
    return this.leaves.has(recoveryPointWorkflowId(tags[copyTags.recoveryPoint] ?? ''));
  }

  /** What is restored comes from what we have made, however often it was copied. */
  private mustBeGenuine(command: string, scope: CloudCall['scope'], input: CloudCall['input']): void {
    const name = String(input.SnapshotIdentifier ?? input.DBSnapshotIdentifier);
    let found = this.snapshots.find(
      ({ arn, id, account, region, kind }) =>
        arn === name ||
        (id === name &&
          account === scope.account &&
          region === scope.region &&
          (likenessOf(kind).form === 'cluster') === command.includes('Cluster')),
    );
    while (found !== undefined) {
      if (found.id.startsWith(forgedPrefix))
        this.witness.violation('forgery', `${command} of ${found.arn}, which is forged`);
      const { sourceArn }: FakeSnapshot = found;
      found = sourceArn === null ? undefined : this.snapshots.find(({ arn }) => arn === sourceArn);
    }
  }

  /** Whoever gives a share back reads it no more, even where it stays for the sake of another. */
  watching(activities: ActivityFunctions): ActivityFunctions {
    return {
      ...activities,
      undoStep: (request) => {
        const { step, source } = request as StepRequest;
        const run = attemptHere.getStore()?.run;
        const { shareWith } = step.input;
        if (run !== undefined && step.type === 'share' && typeof shareWith === 'string')
          this.readers.get(`${source?.arn ?? ''} ${shareWith}`)?.delete(run);
        return activities.undoStep?.(request) ?? Promise.resolve();
      },
    };
  }

  /** A share that a workflow reads is not taken away by another. */
  private sharesOfOthersStay(scope: CloudCall['scope'], input: CloudCall['input']): void {
    const run = attemptHere.getStore()?.run;
    const arn = this.named({ scope, input })?.arn;
    if (run === undefined || arn === undefined) return;
    for (const account of (input.ValuesToAdd as string[] | undefined) ?? []) {
      const key = `${arn} ${account}`;
      this.readers.set(key, (this.readers.get(key) ?? new Set<Run>()).add(run));
    }
    for (const account of (input.ValuesToRemove as string[] | undefined) ?? []) {
      const readers = this.readers.get(`${arn} ${account}`);
      readers?.delete(run);
      const other = [...(readers ?? [])].find(({ isOpen }) => isOpen);
      if (other !== undefined)
        this.witness.violation(
          'share-taken-away',
          `${run.workflowId} takes back the share of ${arn} with ${account}, which ${other.workflowId} reads`,
        );
    }
  }

  private mayBeDeleted(command: string, found: FakeSnapshot | undefined): void {
    if (found === undefined) return;
    const { arn, tags } = found;
    if (!isOurs(found)) this.witness.violation('not-ours', `${command} of ${arn}, which is not ours`);
    else if (tags[copyTags.verified] !== undefined && tags[copyTags.retention] !== temporaryRetention)
      this.witness.violation('proven-deleted', `${command} of ${arn}, a proven copy`);
  }

  /** The snapshot that a call is about. */
  named({ scope, input }: Pick<CloudCall, 'scope' | 'input'>): FakeSnapshot | undefined {
    if (this.cloud === null) return undefined;
    const { state } = this.cloud;
    if (typeof input.ResourceName === 'string') return byArn(state, input.ResourceName);
    // A cluster and an instance of one name have snapshots of one name.
    const form = forms.find((one) => input[`${wordsOf[one].snapshot}Identifier`] !== undefined);
    const id = form === undefined ? undefined : input[`${wordsOf[form].snapshot}Identifier`];
    if (form === undefined || typeof id !== 'string') return undefined;
    return firstOf(kindsOf(form), (kind) => state.snapshots.byPlace.in(kind, scope).get(id));
  }

  private isRunning(snapshot: FakeSnapshot): boolean {
    return this.cloud?.state.snapshots.statusOf(snapshot) === 'in-progress';
  }

  private get snapshots(): FakeSnapshot[] {
    return this.cloud?.state.snapshots.byPlace.values() ?? [];
  }
}

export const isOurs = ({ tags }: Pick<FakeSnapshot, 'tags'>): boolean => tags[copyTags.fleet] === fleetName;

function limitOf({ kind, region, sourceArn }: FakeSnapshot, countsIn: 'source' | 'destination'): string | null {
  const crossesRegions = sourceArn !== null && sourceArn.split(':')[3] !== region;
  if (countsIn === 'source' ? sourceArn !== null : !crossesRegions) return null;
  const { limits } = knownKinds.get(kind);
  return limits.find((limit) => limit.countsIn === countsIn && limit.name !== 'export-tasks')?.name ?? null;
}
