import { applicationFailure } from '../applicationFailure';
import { type ManifestShard } from '../catalogue/manifest';
import { failureTypes } from '../failure';
import {
  type ContinuedTransfer,
  type TransferExportInput,
  type TransferExportProgress,
  type TransferPlan,
} from './transferRequest';
import { transferFigures, transferText } from './transferText';

/** Which shards of an export have come. Knows nothing of Temporal; the workflow `transferExport` hands in what it hears. */
export class ShardedTransfer {
  /** Epoch milliseconds; of the first run. */
  readonly startedAt: number;
  private plan: TransferPlan | null;
  private readonly proven: Map<number, ManifestShard>;
  /** Whole in the target, proven or not yet. */
  private readonly sent: Map<number, ManifestShard>;

  constructor(
    private readonly input: Pick<TransferExportInput, 'sourceBucket' | 'targetBucket' | 'exported' | 'continued'>,
    now: number,
  ) {
    const { startedAt = now, plan = null, shards = [] } = input.continued ?? {};
    this.startedAt = startedAt;
    this.plan = plan;
    this.proven = new Map(shards.map((shard, index) => [index, shard]));
    this.sent = new Map(this.proven);
  }

  get isPlanned(): boolean {
    return this.plan !== null;
  }

  /** @throws ApplicationFailure `VerificationFailed` where objects are gone that the export had. */
  planned(plan: TransferPlan): void {
    this.plan = plan;
    const { exported, sourceBucket } = this.input;
    if (plan.objects < exported)
      throw incomplete(`${plan.objects} of ${exported} objects of the export are left in ${sourceBucket}`);
  }

  /** Shards that are yet to be brought: one run takes those of a row that no other has begun. */
  get left(): number[] {
    const shards = this.plan?.shards ?? 0;
    return Array.from({ length: shards - this.proven.size }, (_, i) => this.proven.size + i);
  }

  /** For people: `shard 3 of 12`. */
  labelOf(shard: number): string {
    return `shard ${shard + 1} of ${this.plan?.shards ?? 0}`;
  }

  arrived(shard: number, manifest: ManifestShard): void {
    this.sent.set(shard, manifest);
  }

  verified(shard: number, manifest: ManifestShard): void {
    this.proven.set(shard, manifest);
  }

  /** For the run that goes on. */
  get continued(): ContinuedTransfer {
    if (this.plan === null) throw new Error('nothing is planned yet');
    return { startedAt: this.startedAt, plan: this.plan, shards: this.shards };
  }

  /**
   * All shards, in their order.
   *
   * @throws ApplicationFailure `VerificationFailed` where they hold fewer objects than the export.
   */
  get whole(): readonly ManifestShard[] {
    const { shards } = this;
    const objects = sum(shards, 'objects');
    const { objects: all } = this.continued.plan;
    if (objects !== all) throw incomplete(`${objects} of ${all} objects were proven in ${this.input.targetBucket}`);
    return shards;
  }

  progress(now: number): TransferExportProgress {
    const arrived = [...this.sent.values()];
    return {
      objects: sum(arrived, 'objects'),
      totalObjects: this.plan?.objects ?? null,
      ...transferFigures(sum(arrived, 'bytes'), this.plan?.bytes ?? null, (now - this.startedAt) / 1000),
    };
  }

  /** Where it stands, in lines of Markdown for the Temporal UI. */
  lines(now: number): string[] {
    if (this.plan === null) return ['Listing the export'];
    const { shards, objects } = this.plan;
    const progress = this.progress(now);
    return [
      `- **shards**: ${this.sent.size} of ${shards}`,
      `- **objects**: ${progress.objects} of ${objects}`,
      `- **bytes**: ${transferText(progress)}`,
      ...(this.sent.size === shards ? [] : ['', 'What is on its way: heartbeats of the pending activities.']),
    ];
  }

  private get shards(): ManifestShard[] {
    return [...this.proven].sort(([a], [b]) => a - b).map(([, shard]) => shard);
  }
}

const sum = (shards: readonly ManifestShard[], what: 'objects' | 'bytes') =>
  shards.reduce((total, shard) => total + shard[what], 0);

const incomplete = (message: string) => applicationFailure(failureTypes.verificationFailed, message);
