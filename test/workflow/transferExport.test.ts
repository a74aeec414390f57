import { type TransferExportInput } from '../../src/core/transfer/transferRequest';
import { activityInfo } from '@temporalio/activity';
import { type WorkflowHandle } from '@temporalio/client';
import { type FinishRequest, type TransferActivities } from '../../src/activities/transfer/transferContracts';
import { applicationFailure } from '../../src/core/applicationFailure';
import { bucketLayout } from '../../src/core/catalogue/bucket';
import { failureTypes } from '../../src/core/failure';
import { transferTaskQueue } from '../../src/core/naming';
import { type transferExport } from '../../src/workflows/transferExport';
import { cluster, fleet, scheduledTime } from './fixtures';
import { TimeSkippingService } from './timeSkippingService';
import { untilCancelled } from './untilCancelled';

/** Instead of the real ones, for one workflow at a time. */
class FakeTransfer {
  shards = 3;
  readonly calls: string[] = [];
  finished: FinishRequest | undefined;
  atOnce = 0;
  mostAtOnce = 0;
  /** Objects that the first shard does not bring. */
  lost = 0;
  /** What befalls the transfer of a shard. */
  during: (shard: number) => Promise<void> = async () => undefined;

  readonly activities: TransferActivities = {
    planTransfer: async () => {
      this.calls.push('plan');
      return { shards: this.shards, objects: this.shards * 10, bytes: this.shards * 1000 };
    },
    transferShard: async (_request, shard) => {
      this.mostAtOnce = Math.max(this.mostAtOnce, (this.atOnce += 1));
      try {
        await this.during(shard);
        this.calls.push(`transfer ${shard} on ${activityInfo().taskQueue}`);
      } finally {
        this.atOnce -= 1;
      }
      const objects = shard === 0 ? 10 - this.lost : 10;
      const manifest = { key: bucketLayout.manifestShard(shard), objects, bytes: 1000, sha256: String(shard) };
      return { manifest, sentObjects: 10, sentBytes: 1000 };
    },
    verifyShard: async (_request, manifest, shard) => {
      this.calls.push(`verify ${shard}`);
      return manifest.objects;
    },
    finishTransfer: async (request) => {
      this.calls.push('finish');
      this.finished = request;
      const objects = request.shards.reduce((sum, shard) => sum + shard.objects, 0);
      return { objects, bytes: objects * 100, manifestSha256: 'abc', bundleSha256: null };
    },
    cleanUpTransfer: async () => {
      this.calls.push(`clean up, ${this.atOnce} on their way`);
    },
  };
}

let fake = new FakeTransfer();
let service: TimeSkippingService;
let tests = 0;
const queue = transferTaskQueue(fleet);

beforeAll(async () => {
  const names = Object.keys(fake.activities) as (keyof TransferActivities)[];
  const forwarding = Object.fromEntries(
    names.map((name) => [name, (...args: never[]) => (fake.activities[name] as (...a: never[]) => unknown)(...args)]),
  );
  service = await TimeSkippingService.start(forwarding, queue);
});
afterAll(() => service?.stop());
beforeEach(() => {
  fake = new FakeTransfer();
});

const input: TransferExportInput = {
  version: 1,
  fleet,
  identity: { fleet, tier: 'standard', resource: cluster('999999999999'), scheduledTime },
  sourceScope: { account: '111111111111', region: 'eu-west-1', access: 'vault' },
  sourceBucket: 's3://panda-exports',
  sourcePrefix: 'data/x/export/task-1/',
  targetBucket: 'gs://panda-backups',
  dataPrefix: 'data/x/',
  lock: { mode: 'compliance', days: 30 },
  bytesPerSecond: null,
  verify: 'manifest',
  skippedTables: [{ table: 'public.odd', reason: null }],
  tags: {},
  exported: 30,
};

const start = (changes: Partial<TransferExportInput> = {}): Promise<WorkflowHandle<typeof transferExport>> =>
  service.client.workflow.start<typeof transferExport>('transferExport', {
    workflowId: `transfer/${(tests += 1)}`,
    taskQueue: queue,
    args: [{ ...input, ...changes }],
  });
const run = async (changes?: Partial<TransferExportInput>) => service.runUntil((await start(changes)).result());

describe('the transfer of an export', () => {
  it('brings and verifies every shard on the queue of transfers, then finishes, then cleans up', async () => {
    const result = await run();
    expect(result).toMatchObject({ objects: 30, crc32cChecked: 30, skippedTables: input.skippedTables });
    expect(fake.calls.at(0)).toBe('plan');
    expect(fake.calls.slice(1, -2).sort()).toEqual(
      [0, 1, 2].flatMap((shard) => [`transfer ${shard} on ${queue}`, `verify ${shard}`]).sort(),
    );
    expect(fake.calls.slice(-2)).toEqual(['finish', 'clean up, 0 on their way']);
  });

  it.each([
    ['of which objects have gone since it was proven', { exported: 31 }, 0, '30 of 31 objects of the export'],
    ['of which a shard brought less than was planned', { exported: 30 }, 1, '29 of 30 objects were proven'],
  ])('%s is no copy: no record is written', async (_, changes, lost, said) => {
    fake.lost = lost;
    await expect(run(changes)).rejects.toMatchObject({
      cause: { type: failureTypes.verificationFailed, message: expect.stringContaining(said) as string },
    });
    expect(fake.finished).toBeUndefined();
    expect(fake.calls.at(-1)).toBe('clean up, 0 on their way');
  });

  it('locks what it writes for as long as the vault says, counted once', async () => {
    const before = await service.now();
    await run();
    const until = Date.parse(fake.finished?.lock?.until ?? '');
    expect(Math.abs(until - before - 30 * 24 * 3_600_000)).toBeLessThan(3_600_000);
  });

  it('continues as new before its history grows, and forgets no shard', async () => {
    fake.shards = 450;
    const handle = await start();
    const result = await service.runUntil(handle.result());
    expect(result.objects).toBe(4500);
    expect(fake.finished?.shards.map(({ sha256 }) => Number(sha256))).toEqual(Array.from({ length: 450 }, (_, i) => i));
    expect(fake.mostAtOnce).toBeLessThanOrEqual(8);
    expect(fake.calls.filter((call) => call === 'plan')).toHaveLength(1);
    expect(fake.calls.filter((call) => call.startsWith('clean up'))).toHaveLength(1);
    const { historyLength } = await service.client.workflow.getHandle(handle.workflowId).describe();
    expect(historyLength).toBeLessThan(2000);
  });

  it('fails with what failed a shard, once nothing is sent any more and parts are removed', async () => {
    fake.during = async (shard) => {
      if (shard === 1) throw applicationFailure(failureTypes.verificationFailed, 'bytes differ');
      await untilCancelled();
    };
    await expect(run()).rejects.toMatchObject({ cause: { cause: { type: failureTypes.verificationFailed } } });
    expect(fake.finished).toBeUndefined();
    expect(fake.calls.at(-1)).toBe('clean up, 0 on their way');
  });

  it('removes parts when it is cancelled', async () => {
    const handle = await start();
    fake.during = async () => {
      await handle.cancel();
      await untilCancelled();
    };
    await expect(service.runUntil(handle.result())).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect(fake.calls.at(-1)).toBe('clean up, 0 on their way');
  });

  it('tells how far it is', async () => {
    const handle = await start();
    await service.runUntil(handle.result());
    expect(await handle.query('progress')).toMatchObject({
      objects: 30,
      totalObjects: 30,
      bytes: 3000,
      secondsLeft: 0,
    });
  });
});
