import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Storage } from '@google-cloud/storage';
import { type Client } from '@temporalio/client';
import { callAws } from '../../../sandbox/seed/callAws';
import {
  backupBucket,
  defaultRegion,
  exportBucket,
  exportRole,
  externalIdVariable,
  gcsProject,
  keyAlias,
  lenderRole,
  restoreRole,
  roleArn,
  scratchAccount,
  secondRegion,
  sourceRole,
  vaultAccount,
  vaultRole,
} from '../../../sandbox/seed/sandboxAccounts';
import { startGuarded } from '../../../sandbox/servers/guardedProcess';
import { fleetTaskQueue } from '../../../src/core/naming';
import { pollingWorkers } from '../../../src/client/pollingWorkers';
import { CloudSandbox } from '../../support/cloudSandbox';
import { type Database } from '../../support/database';
import { eventually } from '../../support/eventually';
import { type CommandEnd, run } from '../../support/program';
import { crateUrlVariable } from '../crate/crateApi';
import { type CrateSettings, CrateService } from '../crate/crateService';
import { shelfUrlVariable } from '../shelf/shelfClient';
import { ShelfService } from '../shelf/shelfService';
import { toyProgram } from './toyProgram';

export const account = '999999999999';
export const fleetName = 'panda';
export const crateTier = 'boxes';
export const shelfTier = 'rows';
export const cratePlaces = [
  `source ${account}/${defaultRegion}`,
  `secure ${vaultAccount}/${defaultRegion}`,
  `secure-dr ${vaultAccount}/${secondRegion(defaultRegion)}`,
];

/** Of the product's own kinds, and of no interest to the fleet: the account must be there. */
const unrelated: Database = {
  kind: 'aurora-cluster',
  account,
  region: defaultRegion,
  id: 'unrelated',
  encryption: 'cmk',
  tags: {},
};

/** What a person writes into a fleet file for crates and shelves. Its schedules fire in half a day. */
export function toyDocument() {
  const hour = (new Date().getUTCHours() + 12) % 24;
  const tier = { schedule: `0 ${hour} * * *`, rpo: '26h', retention: { daily: 14, minimum: 2 } };
  return {
    fleet: fleetName,
    roles: {
      source: `arn:aws:iam::{account}:role/${sourceRole}`,
      vault: `arn:aws:iam::{account}:role/${vaultRole}`,
      restore: `arn:aws:iam::{account}:role/${restoreRole}`,
      lender: `arn:aws:iam::{account}:role/${lenderRole}`,
      externalId: { env: externalIdVariable },
    },
    accounts: [{ id: account, regions: [defaultRegion] }],
    vaults: {
      secure: { account: vaultAccount, key: keyAlias },
      'secure-dr': { account: vaultAccount, region: secondRegion(defaultRegion), key: keyAlias },
      'other-cloud': {
        bucket: `gs://${backupBucket(fleetName)}/farcopy`,
        export: {
          bucket: `s3://${exportBucket(fleetName, '{region}')}/farcopy`,
          role: roleArn(vaultAccount, exportRole),
          key: keyAlias,
        },
      },
    },
    shareableKey: keyAlias,
    select: [
      { kind: 'crate', tags: { fleet: fleetName }, tier: crateTier },
      { kind: 'shelf', tags: { fleet: fleetName }, exclude: { names: ['Scratch *'] }, tier: shelfTier },
    ] as Record<string, unknown>[],
    tiers: {
      [crateTier]: {
        ...tier,
        route: ['secure', 'secure-dr'],
        drills: {
          weekly: {
            from: 'secure-dr',
            to: { account: scratchAccount, region: defaultRegion },
            read: 'none',
            resources: 1,
          },
        },
      },
      [shelfTier]: { ...tier, route: ['other-cloud'], verify: 'full' },
    } as Record<string, Record<string, unknown>>,
    restore: { targets: [{ account: scratchAccount }] },
    polling: { shortest: '1s', longest: '1s' },
  };
}

export type ToyDocument = ReturnType<typeof toyDocument>;

interface Worker {
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** Temporal, the emulated clouds, the toy services, and a fleet of crates and shelves with worker processes. */
export class ToyFleet {
  readonly storage: Storage;
  private workers: Worker[] = [];
  private workersStarted = 0;

  private constructor(
    readonly sandbox: CloudSandbox,
    readonly crates: CrateService,
    readonly shelves: ShelfService,
    private readonly program: string,
    private readonly file: string,
  ) {
    this.storage = new Storage({ apiEndpoint: sandbox.gcsEndpoint, projectId: gcsProject });
  }

  static async start(settings: Partial<CrateSettings> = {}): Promise<ToyFleet> {
    const [sandbox, program] = await Promise.all([
      CloudSandbox.start({ databases: [unrelated], bucketsOf: fleetName }),
      toyProgram(),
    ]);
    const put = async (bucket: string, key: string, body: string) => {
      const path = `/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
      await callAws(sandbox.awsEndpoint, {
        service: 's3',
        account: vaultAccount,
        region: defaultRegion,
        method: 'PUT',
        path,
        body,
      });
    };
    const [crates, shelves] = await Promise.all([
      CrateService.start({ lagSeconds: 7, ...settings }),
      ShelfService.start(put),
    ]);
    const file = join(sandbox.folder, `${fleetName}.yaml`);
    const fleet = new ToyFleet(sandbox, crates, shelves, program, file);
    sandbox.endsWith(() => Promise.all([crates.server.stop(), shelves.server.stop()]));
    sandbox.endsWith(() => Promise.all(fleet.workers.map((worker) => worker.stop())));
    await writeFile(file, JSON.stringify(toyDocument()));
    return fleet;
  }

  get client(): Client {
    return this.sandbox.client();
  }

  /** Another fleet file beside that of the fleet. */
  async fileOf(name: string, document: ToyDocument): Promise<string> {
    const file = join(this.sandbox.folder, `${name}.yaml`);
    await writeFile(file, JSON.stringify(document));
    return file;
  }

  async startWorker(): Promise<void> {
    this.workersStarted += 1;
    const logFile = join(this.sandbox.folder, `worker-${this.workersStarted}.log`);
    const { pid, ended, stop } = await startGuarded({
      command: process.execPath,
      args: [this.program, 'worker'],
      env: this.environment,
      logFile,
      graceSeconds: 1,
    });
    const kill = async () => {
      process.kill(pid, 'SIGKILL');
      await ended;
    };
    this.workers.push({ kill, stop });
    const polls = async () => (await pollingWorkers(this.client, fleetTaskQueue(fleetName))) > 0;
    await eventually('a worker takes work', polls);
  }

  /** `kill -9` of every worker, all at the same moment. */
  async killWorkers(): Promise<void> {
    const killed = this.workers;
    this.workers = [];
    await Promise.all(killed.map((worker) => worker.kill()));
  }

  farcopy(...words: string[]): Promise<CommandEnd> {
    return run(process.execPath, [this.program, ...words], this.environment);
  }

  /** The same with `--json`; what it answers. */
  async json<T>(...words: string[]): Promise<T & { readonly code: number; readonly ok: boolean }> {
    const { code, stdout, stderr } = await this.farcopy(...words, '--json');
    if (stdout === '') throw new Error(`farcopy ${words.join(' ')} answered nothing: ${stderr}`);
    return { code, ...(JSON.parse(stdout) as T & { ok: boolean }) };
  }

  /** The plain `temporal` command. */
  temporal(...words: string[]): Promise<CommandEnd> {
    return run(this.sandbox.temporalCli, words, this.environment);
  }

  /** Objects of the other cloud, asked there. */
  async inOtherCloud(prefix: string): Promise<string[]> {
    const [files] = await this.storage.bucket(backupBucket(fleetName)).getFiles({ prefix: `farcopy/${prefix}` });
    return files.map(({ name }) => name.slice('farcopy/'.length)).sort();
  }

  async read(key: string): Promise<string> {
    const [content] = await this.storage.bucket(backupBucket(fleetName)).file(`farcopy/${key}`).download();
    return content.toString();
  }

  private get environment(): NodeJS.ProcessEnv {
    return {
      ...this.sandbox.environment(this.file, 'default'),
      [crateUrlVariable]: this.crates.server.url,
      [shelfUrlVariable]: this.shelves.server.url,
    };
  }
}
