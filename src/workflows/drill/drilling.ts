import { CancellationScope, log, proxyActivities, workflowInfo } from '@temporalio/workflow';
import { ApplicationFailure } from '@temporalio/common';
import { type DrillActivities } from '../../activities/drill/drillContracts';
import { type DrillOutcome } from '../../core/drill/drillOutcome';
import { type DrillPoint } from '../../core/drill/drillPoint';
import { type RestoreDrillInput } from '../../core/drill/drillRequest';
import { type ScratchOwner } from '../../core/drill/drillScratch';
import { failureTypes } from '../../core/failure';
import { inParallel } from '../../core/inParallel';
import { drillUnique, transferTaskQueue } from '../../core/naming';
import { askedEvery, looking, patient, quick } from '../activityOptions';
import { describeFailure } from '../failures';
import { nameRecoveryPoint } from '../visibleProgress';
import { type RestoredScratch, type Scratch, scratchInAccount, scratchOnServer } from './scratch';

const { verifyDrillSnapshot, recordDrillPassed } = proxyActivities<DrillActivities>(quick);
const { chooseDrillPoint } = proxyActivities<DrillActivities>(looking);
const { planDrillVerification, readDrillTables, runDrillChecks } = proxyActivities<DrillActivities>(patient);

/** A database that AWS calls available answers within minutes: names spread, security groups apply. */
const answersWithin = '30 minutes';
const { awaitDrillDatabase } = proxyActivities<DrillActivities>({
  ...askedEvery(5),
  scheduleToCloseTimeout: answersWithin,
});
/** Pieces of a copy that are read back at once, over all transfer workers. */
const unitsAtOnce = 4;

/** The steps of one drill, and what they hand on to each other. */
export class Drilling {
  private scratch: Scratch | undefined;
  private scratched: RestoredScratch | undefined;
  private begun = 0;

  constructor(
    private readonly input: RestoreDrillInput,
    private readonly found: DrillOutcome,
  ) {}

  async choose(): Promise<void> {
    const { resource, tier, drill, at, point: asked } = this.input;
    const { point: wanted, from, to } = drill;
    const point = await chooseDrillPoint({
      resource: typeof resource === 'string' ? resource : resource.arn,
      tier,
      drill: { point: wanted, from, to },
      at: at ?? null,
      point: asked ?? null,
      draw: Math.random(),
    });
    this.found.chose(point);
    nameRecoveryPoint(this.input, point.resource, point.recoveryPoint);
    this.scratch = await this.scratchOf(point);
  }

  async verify(): Promise<void> {
    const { point } = this;
    if (point.copy.type === 'snapshot') return verifyDrillSnapshot(point);
    const { verifyDrillObjects } = proxyActivities<DrillActivities>({
      ...patient,
      taskQueue: transferTaskQueue(this.input.fleet),
    });
    const units = await planDrillVerification(point);
    await inParallel(units, unitsAtOnce, (unit) =>
      verifyDrillObjects.executeWithOptions({ summary: `read back shards ${unit.from}–${unit.to - 1}` }, [point, unit]),
    );
  }

  async restore(): Promise<void> {
    this.begun = Date.now();
    this.found.to = this.scratch?.to ?? null;
    this.scratched = await this.scratch?.restore();
    this.found.restored(this.scratched?.report ?? null, this.scratched?.notes ?? []);
    // A database that nobody connects to can be used now.
    if (!this.scratched?.database) this.found.rtoSeconds = (Date.now() - this.begun) / 1000;
  }

  async untilItAnswers(): Promise<void> {
    const database = this.scratched?.database;
    if (!database) return this.found.note('it answers no SQL: it was restored, and not read');
    await awaitDrillDatabase(database).catch((error: unknown) => {
      const { type, message } = describeFailure(error);
      if (type !== failureTypes.transient && type !== failureTypes.refused) throw error;
      const why = type === failureTypes.transient ? `the database did not answer within ${answersWithin}: ` : '';
      throw ApplicationFailure.nonRetryable(why + message, failureTypes.drillFailed);
    });
    this.found.rtoSeconds = (Date.now() - this.begun) / 1000;
  }

  async read(): Promise<void> {
    if (this.scratched?.database) this.found.reading = await readDrillTables(this.scratched.database);
  }

  async check(): Promise<void> {
    const { resource, dataTime } = this.point;
    const { checks } = this.input.drill;
    if (this.scratched?.database)
      this.found.checks = await runDrillChecks(this.scratched.database, resource, checks, dataTime);
  }

  async tearDown(): Promise<void> {
    await this.scratch?.tearDown();
  }

  /** Tears down a drill that is cancelled. The sweeper finds what is left. */
  async abandon(): Promise<void> {
    await CancellationScope.nonCancellable(() => this.tearDown()).catch((error: unknown) =>
      log.error('could not tear down', { to: this.scratch?.to, problem: describeFailure(error).message }),
    );
  }

  /** Records on the copy that it was restored, where it was. */
  async record(): Promise<void> {
    if (!this.found.isProven || this.found.point === null) return;
    await recordDrillPassed(this.found.point).catch((error: unknown) =>
      log.warn('could not record the proof', { problem: describeFailure(error).message }),
    );
  }

  private async scratchOf(point: DrillPoint): Promise<Scratch> {
    const { fleet, drill } = this.input;
    const { workflowId, originalExecutionRunId: runId, startTime } = workflowInfo();
    const owner: ScratchOwner = { fleet, workflowId, runId, since: startTime.toISOString() };
    const unique = drillUnique(workflowId, runId);
    return drill.to.type === 'postgres'
      ? scratchOnServer(this.input, point, drill.to, owner, unique)
      : scratchInAccount(this.input, point, drill.to, owner, unique);
  }

  private get point(): DrillPoint {
    if (this.found.point === null) throw ApplicationFailure.nonRetryable('nothing was chosen');
    return this.found.point;
  }
}
