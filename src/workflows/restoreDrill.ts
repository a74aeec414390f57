import {
  ActivityCancellationType,
  CancellationScope,
  ChildWorkflowCancellationType,
  defineQuery,
  executeChild,
  isCancellation,
  log,
  ParentClosePolicy,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { ApplicationFailure, ChildWorkflowFailure, TerminatedFailure } from '@temporalio/common';
import { type NotificationActivities, type RecoveryPointActivities } from '../activities/contracts';
import {
  type DrillActivities,
  type DrillDatabase,
  type DrillPoint,
  type DrillReading,
} from '../activities/drill/drillContracts';
import { type RestoreActivities } from '../activities/restore/restoreContracts';
import { type DrillTarget } from '../core/drill/drill';
import { type RestoreDrillInput, type RestoreDrillProgress } from '../core/drill/drillRequest';
import { type DrillCheckResult, type DrillResult, type DrillStep } from '../core/drill/drillResult';
import { drillIdentifier, scratchDatabaseName, type ScratchOwner } from '../core/drill/drillScratch';
import { describeDrill, drillFailures } from '../core/drill/drillVerdict';
import { failureTypes } from '../core/failure';
import { inParallel } from '../core/inParallel';
import { messageNames } from '../core/messageNames';
import { drillUnique, restoreWorkflowId, transferTaskQueue } from '../core/naming';
import { restoreTags, tagValue } from '../core/restore/restoreOwnership';
import { type RestorePlan } from '../core/restore/restorePlan';
import { type RestoreReport } from '../core/restore/restoreReport';
import { type RestoreRequest } from '../core/restore/restoreRequest';
import { RestoreSteps } from '../core/restore/restoreSteps';
import { keyword, resourceAttributes, searchAttributes, type VisibleState } from '../core/searchAttributes';
import { describeFailure } from './failures';
import { restoreRecoveryPoint } from './restoreRecoveryPoint';
import { restoreToPostgres } from './restoreToPostgres';

export const drillProgressQuery = defineQuery<RestoreDrillProgress>(messageNames.progress);

const quick = {
  startToCloseTimeout: '50 seconds',
  scheduleToCloseTimeout: '24 hours',
  retry: { initialInterval: '5 seconds', maximumInterval: '5 minutes' },
} as const;
/** What is on its way when a cancel comes is waited for: else it would land after the tearing down. */
const waited = { cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED } as const;
/** As long as it takes, while it beats: a database of terabytes is read for a day. */
const patient = {
  ...waited,
  startToCloseTimeout: '2 days',
  scheduleToCloseTimeout: '4 days',
  heartbeatTimeout: '1 minute',
  retry: { initialInterval: '5 seconds', maximumInterval: '5 minutes' },
} as const;
const { verifyDrillSnapshot, recordDrillPassed, dropScratchDatabase } = proxyActivities<DrillActivities>(quick);
const { createScratchDatabase } = proxyActivities<DrillActivities>({
  ...quick,
  ...waited,
  startToCloseTimeout: '5 minutes',
});
/** Both look through every vault: minutes, where a fleet is large. */
const looking = { ...quick, startToCloseTimeout: '10 minutes', scheduleToCloseTimeout: '1 hour' } as const;
const { chooseDrillPoint } = proxyActivities<DrillActivities>(looking);
const { planRestore } = proxyActivities<RestoreActivities>(looking);
const { planDrillVerification, readDrillTables, runDrillChecks } = proxyActivities<DrillActivities>(patient);
const { notify } = proxyActivities<NotificationActivities>({
  startToCloseTimeout: '30 seconds',
  scheduleToCloseTimeout: '1 hour',
});
const { cancelLeg, unshareCopy, deleteTemporaryCopy } = proxyActivities<RecoveryPointActivities>({
  ...quick,
  scheduleToCloseTimeout: '4 hours',
});

/** What AWS calls available is there for others within minutes: names spread, security groups apply. */
const answersWithin = '30 minutes';
/** Pieces of a copy that are read back at once, over all transfer workers. */
const unitsAtOnce = 4;
/** Of a result, which histories keep. */
const mostNotes = 100;
/** Failures of this kind say that the copy, or what came of it, is no good; all others, that it could not be tried. */
const verdicts: ReadonlySet<string> = new Set([
  failureTypes.notFound,
  failureTypes.verificationFailed,
  failureTypes.operationFailed,
  failureTypes.drillFailed,
]);

/** A restore in AWS before it begins. */
interface Planned {
  readonly request: RestoreRequest;
  /** Id of the workflow that performs it. */
  readonly child: string;
  readonly ownership: Readonly<Record<string, string>>;
  readonly plan: RestorePlan;
}

/** What has to go when the drill is over, however it ends. */
type Scratch =
  | ({ readonly type: 'aws' } & Planned)
  | { readonly type: 'postgres'; readonly database: Parameters<DrillActivities['dropScratchDatabase']>[0] };

/**
 * Proves that one resource can be brought back: chooses a recovery point and a copy of it, verifies the copy, restores it,
 * waits until the database answers, reads and checks it, and removes everything again. That last step is taken in any case.
 *
 * @throws ApplicationFailure `DrillFailed` where what came back is not what it should be; where the drill could not be
 * performed, of the type that says why. Both carry the {@link DrillResult} in their details.
 */
export async function restoreDrill(input: RestoreDrillInput): Promise<DrillResult> {
  requireWhole(input);
  const { fleet, tier, drill, connect } = input;
  const { workflowId, originalExecutionRunId, startTime } = workflowInfo();
  const owner: ScratchOwner = { fleet, workflowId, runId: originalExecutionRunId, since: startTime.toISOString() };
  const unique = drillUnique(workflowId, originalExecutionRunId);
  const reached = drill.to.type === 'postgres' || connect !== null;
  const stepNames: readonly DrillStep[] = [
    'choose',
    'verify',
    'restore',
    ...(reached ? (['connect'] as const) : []),
    ...(reached && drill.readsAll ? (['read'] as const) : []),
    ...(drill.checks.length > 0 ? (['checks'] as const) : []),
    'teardown',
  ];
  const steps = new RestoreSteps(stepNames);
  let shown: VisibleState = 'Running';
  let point: DrillPoint | null = null;
  let to: string | null = null;
  let scratch: Scratch | null = null;
  let wasTerminated = false;
  let report: RestoreReport | null = null;
  let rtoSeconds: number | null = null;
  const notes: string[] = [];
  let reading: DrillReading = { tables: 0, rows: 0, unreadable: [] };
  let checks: readonly DrillCheckResult[] = [];
  setHandler(drillProgressQuery, () => ({
    state: shown,
    resource: point?.resource ?? null,
    recoveryPoint: point?.recoveryPoint ?? null,
    from: point?.place ?? null,
    to,
    steps: steps.report,
    checks,
  }));

  const show = (state: VisibleState, reason: string | null = null) => {
    setCurrentDetails(
      [
        ...steps.report.map(
          ({ step, state: where, message }) => `- **${step}**: ${where}${message === undefined ? '' : ` — ${message}`}`,
        ),
        ...checks.map(
          ({ name, ok, found, message }) => `- ${ok ? 'passed' : 'failed'}: ${name} — ${message ?? found ?? ''}`,
        ),
      ].join('\n'),
    );
    if (state === shown && reason === null) return;
    shown = state;
    upsertSearchAttributes([
      { key: searchAttributes.state, value: state },
      { key: searchAttributes.reason, value: reason === null ? null : keyword(reason) },
    ]);
  };
  const during = async <T>(step: DrillStep, work: () => Promise<T>): Promise<T> => {
    steps.run(step, Date.now());
    show('Running');
    const result = await work();
    steps.done(step, Date.now());
    show('Running');
    return result;
  };

  const choose = async (): Promise<DrillPoint> => {
    const resource = typeof input.resource === 'string' ? input.resource : input.resource.arn;
    const chosen = await chooseDrillPoint({
      resource,
      tier,
      drill: { point: drill.point, from: drill.from, to: drill.to },
      at: input.at ?? null,
      point: input.point ?? null,
      draw: Math.random(),
    });
    notes.push(...chosen.unread.map((problem) => `copies that may lie there were not looked at: ${problem}`));
    upsertSearchAttributes([
      ...resourceAttributes(input, chosen.resource),
      { key: searchAttributes.recoveryPoint, value: keyword(chosen.recoveryPoint) },
    ]);
    return chosen;
  };

  const verify = async (chosen: DrillPoint): Promise<void> => {
    if (chosen.copy.type === 'snapshot') return verifyDrillSnapshot(chosen);
    const { verifyDrillObjects } = proxyActivities<DrillActivities>({
      ...patient,
      taskQueue: transferTaskQueue(fleet),
    });
    const units = await planDrillVerification(chosen);
    await inParallel(units, unitsAtOnce, (unit) =>
      verifyDrillObjects.executeWithOptions({ summary: `read back shards ${unit.from}–${unit.to - 1}` }, [
        chosen,
        unit,
      ]),
    );
  };

  const planInAws = async (chosen: DrillPoint, target: InAws): Promise<Planned> => {
    const { kind } = chosen.resource;
    const id = drillIdentifier(chosen.resource.id, unique);
    const { account, region } = target;
    const request: RestoreRequest = {
      resource: chosen.resource.arn,
      point: chosen.recoveryPoint,
      from: chosen.place,
      to: `${account}/${region}`,
      as: id,
      instanceClasses: target.instanceClasses.length === 0 ? undefined : target.instanceClasses,
      subnetGroup: target.subnetGroup ?? undefined,
      securityGroups: target.securityGroups.length === 0 ? undefined : target.securityGroups,
      createParameterGroups: true,
      deletionProtection: false,
      ...(kind === 'aurora-cluster' ? { instances: 'writer' } : { multiAz: false }),
      drill: owner,
    };
    const child = restoreWorkflowId({ kind, account, region, id });
    const ownership = { [restoreTags.restore]: tagValue(child) };
    return { request, child, ownership, plan: await planRestore(request, ownership) };
  };

  const restoreInAws = async (chosen: DrillPoint, planned: Planned): Promise<DrillDatabase | null> => {
    const { request, child, plan } = planned;
    const { account, region } = plan.target;
    to = `${account}/${region}/${plan.id}`;
    scratch = { type: 'aws', ...planned };
    const restored = await executeChild(restoreRecoveryPoint, {
      ...restoring(child, fleet),
      args: [request],
      staticSummary: `${chosen.resource.id} · ${chosen.scheduledTime} → ${to}`,
    });
    notes.push(...restored.differences);
    if (connect === null) return null;
    if (restored.endpoint === null)
      throw ApplicationFailure.nonRetryable(`${restored.arn}: AWS names no endpoint`, failureTypes.operationFailed);
    return {
      type: 'aws',
      endpoint: {
        host: restored.endpoint,
        port: restored.port ?? 5432,
        database: drill.database ?? restored.databaseName ?? 'postgres',
        masterUsername: restored.masterUsername,
      },
      access: connect,
      resource: chosen.resource,
      account,
      region,
    };
  };

  const restoreOnServer = async (chosen: DrillPoint, server: OnServer): Promise<DrillDatabase> => {
    if (chosen.copy.type !== 'bucket')
      throw ApplicationFailure.nonRetryable(
        `a copy in ${chosen.place} cannot be restored to a server of PostgreSQL`,
        failureTypes.invalidInput,
      );
    const { bucket, dataPrefix } = chosen.copy;
    const database = { url: server.url, secret: server.secret, name: scratchDatabaseName(unique), owner };
    scratch = { type: 'postgres', database };
    const url = await createScratchDatabase(database);
    to = url;
    report = await executeChild(restoreToPostgres, {
      ...restoring(`restore-to-postgres/${database.name}`, fleet),
      args: [
        {
          version: 1,
          from: { bucket, dataPrefix, ...(drill.database === null ? {} : { database: drill.database }) },
          to: { url, ...(server.secret === null ? {} : { secret: server.secret }) },
        },
      ],
      staticSummary: `${chosen.resource.id} · ${chosen.scheduledTime} → ${database.name}`,
    });
    notes.push(...report.notCarried, ...report.refused.map(({ what, reason }) => `${what}: ${reason}`));
    return { type: 'postgres', url, secret: server.secret };
  };

  const untilItAnswers = async (database: DrillDatabase): Promise<void> => {
    const { awaitDrillDatabase } = proxyActivities<DrillActivities>({
      startToCloseTimeout: '50 seconds',
      scheduleToCloseTimeout: answersWithin,
      retry: { initialInterval: '5 seconds', backoffCoefficient: 1 },
    });
    try {
      await awaitDrillDatabase(database);
    } catch (error) {
      const { type, message } = describeFailure(error);
      if (isCancellation(error) || (type !== failureTypes.transient && type !== failureTypes.refused)) throw error;
      throw ApplicationFailure.nonRetryable(
        type === failureTypes.transient ? `the database did not answer within ${answersWithin}: ${message}` : message,
        failureTypes.drillFailed,
      );
    }
  };

  const perform = async (): Promise<void> => {
    if (!reached && (drill.readsAll || drill.checks.length > 0))
      throw ApplicationFailure.nonRetryable(
        `tier ${tier} does not say how its databases are connected to (\`connect\`), so they can be neither read nor checked`,
        failureTypes.invalidInput,
      );
    const { chosen, restore } = await during('choose', async () => {
      const found = (point = await choose());
      const target = drill.to;
      if (target.type === 'postgres') return { chosen: found, restore: () => restoreOnServer(found, target) };
      const planned = await planInAws(found, target);
      return { chosen: found, restore: () => restoreInAws(found, planned) };
    });
    await during('verify', () => verify(chosen));
    const begun = Date.now();
    const database = await during('restore', restore);
    if (database !== null) await during('connect', () => untilItAnswers(database));
    rtoSeconds = (Date.now() - begun) / 1000;
    if (database === null) return;
    if (drill.readsAll) reading = await during('read', () => readDrillTables(database));
    if (drill.checks.length > 0)
      checks = await during('checks', () => runDrillChecks(database, chosen.resource, drill.checks, chosen.dataTime));
  };

  const tearDown = async (rubbish: Scratch): Promise<void> => {
    if (rubbish.type === 'postgres') return dropScratchDatabase(rubbish.database);
    const { plan, ownership } = rubbish;
    const { removeRestored } = proxyActivities<RestoreActivities>({
      ...quick,
      retry: { initialInterval: plan.polling.shortestSeconds * 1000, backoffCoefficient: 1 },
    });
    await removeRestored.executeWithOptions({ summary: `remove ${plan.id}` }, [plan, ownership]);
    if (wasTerminated) await giveBack(plan);
  };

  const scope = CancellationScope.current();
  let failure: { readonly type: string; readonly message: string } | null = null;
  let cancellation: Error | null = null;
  try {
    await perform();
  } catch (error) {
    if (isCancellation(error) && scope.consideredCancelled) cancellation = error as Error;
    wasTerminated = error instanceof ChildWorkflowFailure && error.cause instanceof TerminatedFailure;
    failure = describeFailure(error);
    steps.fail(cancellation === null ? failure.message : 'cancelled');
  }

  return CancellationScope.nonCancellable(async () => {
    const rubbish = scratch;
    let tornDown: true | string = true;
    try {
      if (rubbish !== null) await during('teardown', () => tearDown(rubbish));
    } catch (error) {
      tornDown = describeFailure(error).message;
      steps.fail(tornDown);
      log.error('could not tear down', { to, problem: tornDown });
    }
    if (cancellation !== null) {
      show('Cancelled');
      throw cancellation;
    }
    const findings = drillFailures({
      report,
      unreadable: reading.unreadable,
      checks,
      rtoSeconds,
      rtoObjectiveSeconds: drill.rtoSeconds,
    });
    const proven = failure === null && findings.length === 0;
    const failures = [
      ...(failure === null ? [] : [failure.message]),
      ...findings,
      ...(tornDown === true ? [] : [`something is left in ${to ?? 'its target'}: ${tornDown}`]),
    ];
    const result: DrillResult = {
      version: 1,
      verdict: failures.length === 0 ? 'passed' : 'failed',
      fleet,
      tier,
      drill: drill.name,
      resource: point?.resource ?? (typeof input.resource === 'string' ? null : input.resource),
      recoveryPoint: point?.recoveryPoint ?? null,
      dataTime: point?.dataTime ?? null,
      from: point?.place ?? null,
      to,
      rtoSeconds,
      rtoObjectiveSeconds: drill.rtoSeconds,
      steps: steps.report,
      report,
      checks,
      tables: drill.readsAll ? reading.tables : 0,
      rows: drill.readsAll ? reading.rows : 0,
      failures,
      notes: notes.slice(0, mostNotes),
      tornDown,
    };
    if (proven && point !== null)
      await recordDrillPassed(point).catch((error: unknown) =>
        log.warn('could not record the proof', { problem: describeFailure(error).message }),
      );
    await notify({ fleet, event: 'drill-ended', ...describeDrill(result) }).catch((error: unknown) =>
      log.error('could not notify', { problem: describeFailure(error).message }),
    );
    if (result.verdict === 'passed') {
      show('Completed');
      return result;
    }
    const message = failures.join('; ');
    show('Failed', message);
    throw ApplicationFailure.create({
      message,
      type: failure === null || verdicts.has(failure.type) ? failureTypes.drillFailed : failure.type,
      nonRetryable: true,
      details: [result],
    });
  });
}

/** Who writes the input by hand forgets something, and a workflow that breaks by it would be tried for ever. */
function requireWhole({ fleet, tier, resource, drill, connect }: Partial<RestoreDrillInput>): void {
  const missing = [
    ...Object.entries({ fleet, tier, resource, drill, connect }),
    ...Object.entries({ to: drill?.to, checks: drill?.checks, readsAll: drill?.readsAll }),
  ].flatMap(([name, value]) => (value === undefined ? [name] : []));
  if (missing.length > 0)
    throw ApplicationFailure.nonRetryable(
      `the input lacks ${missing.join(', ')}: \`farcopy drill\` writes it from the fleet file`,
      failureTypes.invalidInput,
    );
}

type InAws = Extract<DrillTarget, { type: 'aws' }>;
type OnServer = Extract<DrillTarget, { type: 'postgres' }>;

/** A drill that is terminated cancels its restore, which then removes what it has made. */
function restoring(workflowId: string, fleet: string) {
  return {
    workflowId,
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
    typedSearchAttributes: [
      { key: searchAttributes.fleet, value: fleet },
      { key: searchAttributes.state, value: 'Running' },
    ],
  };
}

/** What a restore was lent that could not give it back itself. */
async function giveBack({ fleet, tier, resource, scheduledTime, source, path }: RestorePlan): Promise<void> {
  const identity = { fleet, tier, resource, scheduledTime };
  for (const leg of [...path].reverse())
    if (leg.type !== 'share') {
      await cancelLeg({ identity, leg, source });
      await deleteTemporaryCopy(identity, leg);
    } else if (leg.temporary && leg.copyId === source.id) await unshareCopy(leg, source);
}
