import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checksumOf, type ObjectGroup, objectsOf } from './objectServers/content';
import { findRclone, howToGetRclone, rcloneVersion, runRclone } from './objectServers/rclone';
import { selfSignedCertificate } from './objectServers/selfSignedCertificate';
import { type ObjectServer, startObjectServer } from './objectServers/startObjectServer';
import { type ChecksumName } from './objectServers/statedChecksum';
import { median, table } from './statistics';
import { type TransferOrder, type TransferReport } from './transferProcess';

/**
 * Throughput from S3 to GCS, ours and rclone's by turns on the same objects, against servers in processes of their own that
 * make up and hash the bytes. Every run's objects are held against what they must be. Ours is a process that runs on, as a
 * worker does; of rclone's time its own start is taken off.
 *
 *   npm run bench:transfer -- [--only large,files,small,huge,mixed] [--scheme http,https] [--processes 1,2] [--runs 5]
 *     [--states crc64nvme|crc32|crc32c|nothing] [--profile FOLDER]
 */

const mebibyte = 2 ** 20;

interface Workload {
  readonly groups: readonly Pick<ObjectGroup, 'count' | 'bytes'>[];
  readonly rcloneTransfers: number;
  /** Whether throughput counts in objects. */
  readonly small?: true;
  /** The least ratio to rclone, by scheme and number of our processes. */
  readonly goals: Readonly<Record<string, number>>;
}

const large = { count: 64, bytes: [16 * mebibyte, 16 * mebibyte] } as const;
const small = { count: 2000, bytes: [65_536, 65_536] } as const;
const usualGoals = { 'https 1': 0.85, 'http 1': 0.8, 'https 2': 0.95, 'http 2': 1.1 };

const workloads: Readonly<Record<string, Workload>> = {
  large: { groups: [large], rcloneTransfers: 8, goals: usualGoals },
  files: { groups: [{ count: 300, bytes: [1e6, 1e7] }], rcloneTransfers: 8, goals: usualGoals },
  small: {
    groups: [small],
    rcloneTransfers: 8,
    small: true,
    goals: { 'https 1': 3, 'http 1': 3, 'https 2': 3, 'http 2': 3 },
  },
  huge: { groups: [{ count: 1, bytes: [5 * 2 ** 30, 5 * 2 ** 30] }], rcloneTransfers: 8, goals: {} },
  mixed: { groups: [large, small], rcloneTransfers: 16, goals: { 'https 1': 1, 'http 1': 1.5 } },
};

interface Run {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Of each process. */
  readonly peakMiB: readonly number[];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: Object.keys(workloads).join() },
      scheme: { type: 'string', default: 'http,https' },
      processes: { type: 'string', default: '1,2' },
      runs: { type: 'string', default: '5' },
      states: { type: 'string', default: 'crc64nvme' },
      profile: { type: 'string' },
    },
  });
  const folder = await mkdtemp(join(tmpdir(), 'farcopy-bench-'));
  try {
    const rclone = findRclone(process.env);
    console.log(rclone === undefined ? howToGetRclone : `rclone ${await rcloneVersion(rclone)}`);
    const startSeconds = rclone === undefined ? 0 : await startOf(rclone);
    const certificate = await selfSignedCertificate(folder);
    const rows: (string | number)[][] = [
      [
        'objects',
        'scheme',
        'processes',
        'rclone MB/s',
        'ours MB/s',
        'rclone obj/s',
        'ours obj/s',
        'ratio',
        'goal',
        'CPU s/GB rclone',
        'ours',
        'MiB rclone',
        'ours',
      ],
    ];
    for (const scheme of values.scheme.split(','))
      for (const name of values.only.split(',')) {
        const workload = workloads[name];
        if (workload === undefined) throw new Error(`no objects named ${name}: ${Object.keys(workloads).join()}`);
        const groups = workload.groups.map((group, i): ObjectGroup => ({
          ...group,
          prefix: `${name}/${i}/`,
          etag: 'multipart',
        }));
        const tls = scheme === 'https' ? certificate : null;
        const [source, sink] = await Promise.all([
          startObjectServer({ role: 'source', groups, tls, checksums: statedBy(values.states) }),
          startObjectServer({ role: 'sink', tls }),
        ]);
        const bench = new Bench(name, groups, sink);
        const processCounts = values.processes
          .split(',')
          .map(Number)
          .filter((count) => count === 1 || name !== 'huge');
        const ours = new Map<number, OurProcess[]>();
        for (const count of processCounts)
          ours.set(
            count,
            await Promise.all(
              Array.from({ length: count }, () => startOurs(source, sink, certificate.certFile, values.profile)),
            ),
          );
        const runs = new Map<string, Run[]>();
        const keep = (who: string, run: Run) => runs.set(who, [...(runs.get(who) ?? []), run]);
        for (let i = 0; i < Number(values.runs); i++) {
          if (rclone !== undefined)
            keep(
              'rclone',
              await bench.checked(async () => {
                const args = [
                  'copy',
                  `src:exports/${name}/`,
                  `dst:backups/${name}/`,
                  '--transfers',
                  String(workload.rcloneTransfers),
                ];
                const run = await runRclone(rclone, args, {
                  source: source.endpoint,
                  sink: sink.endpoint,
                  ...(tls === null ? {} : { certFile: certificate.certFile }),
                });
                if (run.exitCode !== 0) throw new Error(`rclone failed: ${run.said}`);
                return { seconds: run.seconds - startSeconds, cpuSeconds: run.cpuSeconds, peakMiB: [run.peakMiB] };
              }),
            );
          for (const [count, processes] of ours)
            keep(`ours ${count}`, await bench.checked(() => transferAll(processes, name)));
        }
        for (const count of processCounts)
          rows.push(rowOf(bench, workload, scheme, count, runs.get('rclone') ?? [], runs.get(`ours ${count}`) ?? []));
        console.error(table([rows[0] ?? [], ...rows.slice(-processCounts.length)]));
        await Promise.all([...[...ours.values()].flat().map(({ stop }) => stop()), source.stop(), sink.stop()]);
      }
    console.log(
      `\nmedian of ${values.runs}, load ${loadavg()
        .map((load) => load.toFixed(1))
        .join(' ')}\n`,
    );
    console.log(table(rows));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

class Bench {
  readonly objects: number;
  readonly bytes: number;
  private readonly expected: ReadonlyMap<string, { readonly bytes: number; readonly crc32c: number }>;

  constructor(
    readonly name: string,
    groups: readonly ObjectGroup[],
    private readonly sink: ObjectServer,
  ) {
    const all = groups.flatMap((group) => [...objectsOf(group)]);
    this.objects = all.length;
    this.bytes = all.reduce((sum, { bytes }) => sum + bytes, 0);
    this.expected = new Map(all.map((object) => [object.key, { bytes: object.bytes, crc32c: checksumOf(object, 0) }]));
  }

  /** @throws Error where an object is missing or differs afterwards. */
  async checked(run: () => Promise<Run>): Promise<Run> {
    await this.sink.clear();
    const measured = await run();
    const found = await this.sink.checksums();
    const right = found.filter(([key, bytes, crc32c]) => {
      const expected = this.expected.get(key);
      return expected?.bytes === bytes && expected.crc32c === crc32c;
    });
    if (right.length !== this.objects || found.length !== this.objects)
      throw new Error(`${right.length} of ${this.objects} objects are right, and ${found.length} are there`);
    return measured;
  }
}

interface OurProcess {
  readonly transfer: (order: TransferOrder) => Promise<TransferReport>;
  readonly stop: () => Promise<void>;
}

async function startOurs(
  source: ObjectServer,
  sink: ObjectServer,
  certFile: string,
  profile: string | undefined,
): Promise<OurProcess> {
  const child = fork(join(__dirname, 'transferProcess.js'), [source.endpoint, sink.endpoint], {
    execArgv: profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profile],
    // Warnings of the SDK about the version of Node would be told a dozen times.
    env: { ...process.env, NODE_EXTRA_CA_CERTS: certFile, NODE_NO_WARNINGS: '1' },
  });
  await messageOf(child);
  return {
    async transfer(order) {
      const answer = messageOf<TransferReport>(child);
      child.send(order);
      return answer;
    },
    async stop() {
      child.disconnect();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

async function messageOf<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error('a transferring process has ended'));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message as T);
    });
  });
}

async function transferAll(processes: readonly OurProcess[], name: string): Promise<Run> {
  const started = performance.now();
  const reports = await Promise.all(
    processes.map(({ transfer }, shard) =>
      transfer({ sourcePrefix: `${name}/`, targetPrefix: `${name}/`, shard, shards: processes.length }),
    ),
  );
  return {
    seconds: (performance.now() - started) / 1000,
    cpuSeconds: reports.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
    peakMiB: reports.map(({ peakMiB }) => peakMiB),
  };
}

/** Of whole objects, in S3's answers. S3 itself states CRC-64/NVME where nobody chose. */
function statedBy(name: string): ChecksumName | undefined {
  if (name === 'nothing') return undefined;
  if (name === 'crc64nvme' || name === 'crc32' || name === 'crc32c') return name;
  throw new Error(`S3 never states ${name}`);
}

/** Seconds that rclone takes to do nothing. */
async function startOf(rclone: string): Promise<number> {
  const seconds: number[] = [];
  for (let i = 0; i < 3; i++) {
    const started = performance.now();
    await rcloneVersion(rclone);
    seconds.push((performance.now() - started) / 1000);
  }
  return median(seconds);
}

function rowOf(
  bench: Bench,
  { goals, small: inObjects }: Workload,
  scheme: string,
  processes: number,
  theirs: readonly Run[],
  ours: readonly Run[],
): (string | number)[] {
  const seconds = (runs: readonly Run[]) => median(runs.map((run) => run.seconds));
  const gigabytes = bench.bytes / 1e9;
  const cpu = (runs: readonly Run[]) => (median(runs.map(({ cpuSeconds }) => cpuSeconds)) / gigabytes).toFixed(2);
  const peak = (runs: readonly Run[]) => Math.round(Math.max(...runs.flatMap(({ peakMiB }) => peakMiB)));
  const some = theirs.length > 0;
  const goal = goals[`${scheme} ${processes}`];
  return [
    bench.name,
    scheme,
    processes,
    some ? Math.round(bench.bytes / 1e6 / seconds(theirs)) : '-',
    Math.round(bench.bytes / 1e6 / seconds(ours)),
    some && inObjects === true ? Math.round(bench.objects / seconds(theirs)) : '-',
    inObjects === true ? Math.round(bench.objects / seconds(ours)) : '-',
    some ? (seconds(theirs) / seconds(ours)).toFixed(2) : '-',
    goal === undefined ? '-' : goal.toFixed(2),
    some ? cpu(theirs) : '-',
    cpu(ours),
    some ? peak(theirs) : '-',
    peak(ours),
  ];
}

void main();
