import {
  type DescribeExportTasksCommandInput,
  CancelExportTaskCommand,
  type ExportTask as RdsExportTask,
  paginateDescribeExportTasks,
  StartExportTaskCommand,
} from '@aws-sdk/client-rds';
import { type AwsAccess } from '../../../clouds/aws/awsAccess';
import { requireExportBucket } from '../../../clouds/aws/exportBucket';
import { type AwsCall, awsCall, awsPages } from '../../../clouds/aws/awsFailure';
import { type ObjectStore } from '../../../clouds/objectStore';
import { type AwsKeys } from '../../../clouds/aws/keys';
import { applicationFailure } from '../../../core/applicationFailure';
import { type Scope } from '../../../core/catalogue/copy';
import { failureTypeOf, failureTypes } from '../../../core/failure';
import { type ExportOperations, type ExportRequest, type ExportStatus, type ExportTask } from './exportOperations';
import { exportMarkerOf, exportTaskId, mostExportAttempts } from '../markers';
import { rdsCall } from '../rdsCall';
import { rdsClient } from '../rdsClient';

/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ExportTask.html, Status. */
const statuses: Readonly<Record<string, ExportStatus>> = {
  STARTING: 'starting',
  IN_PROGRESS: 'in-progress',
  COMPLETE: 'complete',
  FAILED: 'failed',
  CANCELING: 'cancelled',
  CANCELED: 'cancelled',
};

/** Export tasks of RDS, the same for cluster and instance snapshots. Tasks take no tags: what one is, its source and target say. */
export class RdsExports implements ExportOperations {
  constructor(
    private readonly access: AwsAccess,
    private readonly keys: AwsKeys,
  ) {}

  async start(request: ExportRequest, signal?: AbortSignal): Promise<ExportTask> {
    const { scope, bucket, key, marker } = request;
    const keyArn = await this.keys.arn(scope, key);
    // RDS asks only whether the role may write there, not whose bucket it is.
    await requireExportBucket(this.access, scope, bucket, signal);
    for (let attempt = 1; attempt <= mostExportAttempts; attempt += 1) {
      const task = await this.startOrFind(request, exportTaskId(marker, attempt), keyArn, signal);
      if (task.status !== 'failed' && task.status !== 'cancelled') return task;
    }
    throw applicationFailure(
      failureTypes.operationFailed,
      `export tasks ${marker} (${scope.account}/${scope.region}): ${mostExportAttempts} have failed or were cancelled`,
    );
  }

  /** Starts first and asks only when the identifier is taken. */
  private async startOrFind(
    request: ExportRequest,
    id: string,
    keyArn: string,
    signal: AbortSignal | undefined,
  ): Promise<ExportTask> {
    const { source, scope, bucket, prefix, role } = request;
    const call = { ...this.call(id, scope, 'rds:StartExportTask'), key: keyArn };
    try {
      const answer = await awsCall(call, signal, () =>
        rdsClient(this.access, scope).send(
          new StartExportTaskCommand({
            ExportTaskIdentifier: id,
            SourceArn: source.arn,
            S3BucketName: bucket,
            S3Prefix: prefix,
            IamRoleArn: role,
            KmsKeyId: keyArn,
          }),
          { abortSignal: signal },
        ),
      );
      return exportTask(answer);
    } catch (error) {
      if (failureTypeOf(error) !== failureTypes.conflict) throw error;
    }
    const found = await this.progress(id, scope, signal);
    const differs = differenceOf(found, request);
    if (differs.length === 0) return found;
    throw applicationFailure(
      failureTypes.conflict,
      `export task ${id} (${scope.account}/${scope.region}) exists and is not ours: ${differs.join(', ')}`,
    );
  }

  async progress(id: string, scope: Scope, signal?: AbortSignal): Promise<ExportTask> {
    for await (const task of this.tasks(scope, { ExportTaskIdentifier: id }, signal)) if (task.id === id) return task;
    throw applicationFailure(
      failureTypes.notFound,
      `export task ${id} (${scope.account}/${scope.region}): there is none`,
    );
  }

  async cancel(request: Parameters<ExportOperations['cancel']>[0], signal?: AbortSignal): Promise<void> {
    const { scope, marker } = request;
    for (let attempt = 1; attempt <= mostExportAttempts; attempt += 1) {
      const id = exportTaskId(marker, attempt);
      const found = await this.progress(id, scope, signal).catch((error: unknown) => {
        if (failureTypeOf(error) === failureTypes.notFound) return null;
        throw error;
      });
      if (found === null) return;
      // Anyone may have given a task of theirs this identifier.
      if (found.status === 'cancelled' || !isRunning(found) || differenceOf(found, request).length > 0) continue;
      await awsCall(this.call(id, scope, 'rds:CancelExportTask'), signal, () =>
        rdsClient(this.access, scope).send(new CancelExportTaskCommand({ ExportTaskIdentifier: id }), {
          abortSignal: signal,
        }),
      );
    }
  }

  bucket(scope: Scope, name: string): ObjectStore {
    return this.access.bucket(scope, name);
  }

  async inFlight(scope: Scope, signal?: AbortSignal): Promise<readonly string[]> {
    const running: string[] = [];
    // RDS keeps every task that ever ran: those that have ended stay there.
    const which = { Filters: [{ Name: 'status', Values: ['starting', 'in_progress', 'canceling'] }] };
    for await (const task of this.tasks(scope, which, signal))
      if (isRunning(task)) running.push(exportMarkerOf(task.id));
    return running;
  }

  private async *tasks(
    scope: Scope,
    which: Pick<DescribeExportTasksCommandInput, 'ExportTaskIdentifier' | 'Filters'>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<ExportTask> {
    const call = this.call(which.ExportTaskIdentifier ?? 'all', scope, 'rds:DescribeExportTasks');
    const pages = awsPages(call, signal, () =>
      paginateDescribeExportTasks({ client: rdsClient(this.access, scope) }, which, { abortSignal: signal }),
    );
    for await (const { ExportTasks = [] } of pages) yield* ExportTasks.map(exportTask);
  }

  private call(id: string, scope: Scope, action: string): AwsCall {
    return rdsCall(`export task ${id}`, scope, action);
  }
}

/** A task that is being cancelled takes a slot until it is. */
const isRunning = ({ status, rawStatus }: ExportTask) =>
  status === 'starting' || status === 'in-progress' || rawStatus === 'CANCELING';

function differenceOf(
  { sourceArn, ...task }: ExportTask,
  { source, bucket, prefix }: Pick<ExportRequest, 'source' | 'bucket' | 'prefix'>,
): readonly string[] {
  return [
    ...(sourceArn === source.arn ? [] : [`it exports ${sourceArn}`]),
    ...(task.bucket === bucket && task.prefix === prefix ? [] : [`it writes to s3://${task.bucket}/${task.prefix}`]),
  ];
}

function exportTask(task: RdsExportTask): ExportTask {
  return {
    id: task.ExportTaskIdentifier ?? '',
    status: statuses[task.Status ?? ''] ?? 'other',
    rawStatus: task.Status ?? '',
    percent: task.PercentProgress ?? 0,
    sourceArn: task.SourceArn ?? '',
    bucket: task.S3Bucket ?? '',
    prefix: task.S3Prefix ?? '',
    keyArn: task.KmsKeyId ?? null,
    sizeGiB: task.TotalExtractedDataInGB ?? 0,
    failureCause: task.FailureCause ?? null,
    warning: task.WarningMessage ?? null,
  };
}
