import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { type Payload } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import {
  defaultRegion,
  principal,
  principalArn,
  roleArn,
  vaultAccount,
  vaultRole,
} from '../../../sandbox/seed/sandboxAccounts';
import { plantedBy } from '../../../sandbox/seed/templates';
import { startGuarded } from '../../../sandbox/servers/guardedProcess';
import { recoveryPointId, recoveryPointWorkflowId } from '../../../src/core/naming';
import { CloudSandbox } from '../../support/cloudSandbox';
import { cluster, resourceOf } from '../../support/database';
import { eventually } from '../../support/eventually';
import { fleetDocument } from '../../support/fleetDocument';
import { type CommandEnd, farcopyProgram, run } from '../../support/program';
import { startWorker, type WorkerProcess } from '../../support/workerProcess';

const account = '999999999999';
const alias = 'alias/farcopy-payloads';
const forbiddenKey = 'alias/forbidden';
const database = cluster('panda', account, 'panda-cluster-1');
/** Its copies fail, in words that name accounts and keys. */
const forbidden = cluster('panda', account, 'forbidden-cluster', { key: forbiddenKey });
const forbiddenKeyArn = `arn:aws:kms:${defaultRegion}:${account}:key/`;
const token = 'd5c1f0a2b3948576e7f80912a3b4c5d6';

let sandbox: CloudSandbox;
let worker: WorkerProcess;
let key: string;
let environment: NodeJS.ProcessEnv;
/** Of somebody without the key. */
let without: NodeJS.ProcessEnv;

const farcopy = (env: NodeJS.ProcessEnv, ...words: string[]): Promise<CommandEnd> =>
  run(process.execPath, [farcopyProgram(), ...words], env);

beforeAll(async () => {
  const { keys } = plantedBy([
    {
      template: 'payload-key',
      account: principal.account,
      region: defaultRegion,
      parameters: { UserArns: principalArn },
    },
  ]);
  sandbox = await CloudSandbox.start({
    databases: [database, forbidden],
    keys: [
      ...keys,
      {
        account,
        region: defaultRegion,
        alias: forbiddenKey,
        grantAccounts: [vaultAccount],
        denyPrincipals: [roleArn(vaultAccount, vaultRole)],
      },
    ],
  });
  const { awsEndpoint: endpoint, credentials } = sandbox;
  const kms = new KMSClient({ endpoint, credentials, region: defaultRegion });
  // Of the key it may nothing else.
  const EncryptionContext = { 'farcopy-purpose': 'temporal-payloads' };
  key =
    (await kms.send(new GenerateDataKeyCommand({ KeyId: alias, KeySpec: 'AES_256', EncryptionContext }))).KeyId ?? '';
  kms.destroy();
  const file = join(sandbox.folder, 'panda.yaml');
  await writeFile(file, JSON.stringify(fleetDocument('panda', [account])));
  without = sandbox.environment(file, 'default');
  environment = { ...without, FARCOPY_PAYLOAD_KEY: key };
  const applied = await farcopy(environment, 'apply');
  if (applied.code !== 0) throw new Error(applied.stderr);
  worker = await startWorker(environment, join(sandbox.folder, 'worker.log'));
  sandbox.endsWith(() => worker.stop());
  await eventually('the worker polls', async () =>
    (await readFile(join(sandbox.folder, 'worker.log'), 'utf8')).includes('polls farcopy-panda'),
  );
}, 120_000);

afterAll(() => sandbox?.end());

/** What Temporal shows by design: ids, search attributes, names of types and queues, and which process did it. */
const shown = new Set(['searchAttributes', 'indexedFields']);

/** Every payload in a message of Temporal's, and every text in which a failure says what has happened. */
function* hidden(value: unknown): Generator<Uint8Array> {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
  const { message, stackTrace } = value as { message?: unknown; stackTrace?: unknown };
  if (isPayload(value)) yield temporal.api.common.v1.Payload.encode(value).finish();
  if (typeof message === 'string') yield Buffer.from(message);
  if (typeof stackTrace === 'string') yield Buffer.from(stackTrace);
  for (const [name, part] of Object.entries(value)) if (!shown.has(name)) yield* hidden(part);
}

const isPayload = (value: object): value is Payload =>
  'metadata' in value && typeof value.metadata === 'object' && 'encoding' in (value.metadata ?? {});

const decoded = ({ where, content }: { readonly where: string; readonly content: Uint8Array }) =>
  where.startsWith('the schedule')
    ? temporal.api.schedule.v1.Schedule.decode(content)
    : temporal.api.history.v1.HistoryEvent.decode(content);

describe('a fleet whose payloads are encrypted', () => {
  it('backs up, and tells how it went', async () => {
    const { code, stdout, stderr } = await farcopy(environment, 'backup', '--all', '--json');
    const { recoveryPoints } = JSON.parse(stdout) as { recoveryPoints: { state: string; reason?: string }[] };
    expect({ code, stderr, states: recoveryPoints.map(({ state }) => state).sort() }).toMatchObject({
      code: 3,
      states: ['completed', 'failed'],
    });
    expect(recoveryPoints.find(({ state }) => state === 'failed')?.reason).toContain(forbiddenKeyArn);
  }, 60_000);

  it('leaves to the Temporal server nothing that names an account, a database or an ARN, failures and schedules included', async () => {
    const left = await sandbox.leftInTemporal();
    const pieces = left.flatMap((one) => [...hidden(decoded(one))].map((bytes) => ({ where: one.where, bytes })));
    expect(pieces.length).toBeGreaterThan(100);
    expect(left.some(({ where }) => where.startsWith('the schedule'))).toBe(true);
    const names = [account, vaultAccount, database.id, forbidden.id, 'arn:aws:rds', 'arn:aws:iam', 'alias/'];
    const found = pieces.flatMap(({ where, bytes }) =>
      names.filter((name) => Buffer.from(bytes).includes(name)).map((name) => `${where}: ${name}`),
    );
    expect(found).toEqual([]);
    expect(pieces.some(({ bytes }) => Buffer.from(bytes).includes('Encoded failure'))).toBe(true);
  });

  it('is shown by status and copies to who has the key', async () => {
    const status = await farcopy(environment, 'status');
    expect(status).toMatchObject({ code: 0 });
    expect(status.stdout).toContain('panda-cluster-1');
    expect(status.stdout).toContain(forbiddenKeyArn);
    const copies = await farcopy(environment, 'copies', '--json');
    expect(copies.code).toBe(0);
    expect(copies.stdout).toContain('panda-cluster-1');
  });

  it('is not shown to who has none: the message says what to set; copies are of the clouds, and need no key', async () => {
    const status = await farcopy(without, 'status');
    expect(status).toMatchObject({ code: 2, stdout: '' });
    expect(status.stderr).toContain(`encrypted under key ${key}, and this process has no key; set FARCOPY_PAYLOAD_KEY`);
    expect(await farcopy(without, 'copies')).toMatchObject({ code: 0 });
  });

  it('takes no other key on a payload’s word', async () => {
    const other = `arn:aws:kms:${defaultRegion}:${principal.account}:key/11111111-2222-3333-4444-555555555555`;
    const status = await farcopy({ ...without, FARCOPY_PAYLOAD_OLD_KEYS: other }, 'status');
    expect(status.code).toBe(2);
    expect(status.stderr).toContain(`${key}, which this process does not use`);
  });

  it('has its key looked at by check, and schedules that are as they should be', async () => {
    const { stdout } = await farcopy(environment, 'check', '--json');
    const { findings } = JSON.parse(stdout) as { findings: { check: string; state: string; message: string }[] };
    expect(findings.filter(({ check }) => ['payloads', 'schedules'].includes(check))).toMatchObject([
      { check: 'payloads', state: 'ok' },
      { check: 'schedules', state: 'ok' },
    ]);
  });

  it('is readable for the temporal command by way of `farcopy codec`', async () => {
    const logFile = join(sandbox.folder, 'codec.log');
    const codec = await startGuarded({
      command: process.execPath,
      args: [farcopyProgram(), 'codec', '--port', '0'],
      env: { ...environment, FARCOPY_CODEC_TOKEN: token },
      logFile,
      graceSeconds: 5,
    });
    sandbox.endsWith(() => codec.stop());
    const url = await eventually(
      'the codec listens',
      async () => /listens on (\S+)/.exec(await readFile(logFile, 'utf8'))?.[1],
    );
    const status = await farcopy(environment, 'status', 'panda-cluster-1', '--json');
    const { lifecycles } = JSON.parse(status.stdout) as {
      lifecycles: { lifecycle: { outcomes: { scheduledTime: string }[] } }[];
    };
    const scheduledTime = lifecycles[0]?.lifecycle.outcomes.at(-1)?.scheduledTime ?? '';
    const id = recoveryPointWorkflowId(recoveryPointId(resourceOf(database), scheduledTime));
    const show = (auth: string) =>
      run(
        sandbox.temporalCli,
        ['workflow', 'show', '-w', id, '--output', 'json', '--codec-endpoint', url, '--codec-auth', auth],
        environment,
      );
    const [read, unread] = await Promise.all([show(`Bearer ${token}`), show('Bearer another-token-of-nobody')]);
    expect(dataIn(read)).toContain('arn:aws:rds');
    expect(dataIn(unread)).not.toContain('arn:aws:rds');
    await codec.stop();
    expect(await codec.ended).toMatchObject({ code: 0 });
  }, 30_000);
});

/** The data of payloads in JSON that the `temporal` command has printed. */
const dataIn = ({ stdout }: CommandEnd) =>
  [...stdout.matchAll(/"data": "([^"]*)"/g)].map(([, data = '']) => Buffer.from(data, 'base64').toString()).join('\n');

describe('a worker', () => {
  it('does not start where its key cannot be used, and says so', async () => {
    const other = `arn:aws:kms:${defaultRegion}:${principal.account}:key/11111111-2222-3333-4444-555555555555`;
    const { code, stderr } = await farcopy({ ...without, FARCOPY_PAYLOAD_KEY: other }, 'worker');
    expect(code).toBe(4);
    expect(stderr).toContain(`key ${other} cannot be used: kms:GenerateDataKey was refused`);
  });

  it('outlives that KMS is away, says so once a minute, and goes on when it is back', async () => {
    await worker.end();
    // A process that knows no data key of others yet; it does not start while KMS is away.
    const log = join(sandbox.folder, 'worker-2.log');
    worker = await startWorker(environment, log);
    await eventually('it polls', async () => (await readFile(log, 'utf8')).includes('polls farcopy-panda'));
    await sandbox.control.inject({
      match: { service: 'kms', action: 'Decrypt', account: principal.account },
      fault: { type: 'error', status: 500, code: 'KMSInternalException', message: 'away' },
    });
    const away = await farcopy(environment, 'status');
    expect(away.stderr).toContain('2 of 2 did not answer');
    // In the clear, so that it needs no key: the worker has to decrypt the history of each.
    for (const id of [database.id, forbidden.id])
      expect(await farcopy(without, 'pause', id)).toMatchObject({ code: 0 });
    const told = async () =>
      (await readFile(log, 'utf8')).split('\n').filter((line) => line.includes('cannot be used now'));
    await eventually('it meets the trouble', async () => (await told()).length > 0);
    await sandbox.control.heal();
    await eventually('it goes on', async () => (await farcopy(environment, 'status')).stdout.includes('paused'));
    expect(await told()).toEqual([expect.stringContaining(' ERROR Failed to process Workflow')]);
  }, 60_000);
});
