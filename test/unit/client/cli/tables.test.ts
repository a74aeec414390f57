import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type LifecycleStatus, statusAtAGlance } from '../../../../src/client/backup/lifecycleStatus';
import { ownerColumns, toldColumns } from '../../../../src/client/cli/tables/columns';
import { printLifecycles } from '../../../../src/client/cli/commands/status';
import { Output } from '../../../../src/client/cli/output';
import { shortReason } from '../../../../src/client/cli/tables/shortReason';
import { momentText, shortTimeText } from '../../../../src/client/cli/timeText';
import { wrapped } from '../../../../src/client/textWidth';
import { recoveryPointTags } from '../../../../src/core/backup/recoveryPointTags';
import { sourcePlace } from '../../../../src/core/catalogue/copy';
import { kinds } from '../../../../src/kinds/registry';
import { FakeCloud } from '../../../fakes/cloud';
import { runWith } from './terminal';

const now = Date.parse('2026-11-21T04:00:00Z');
const keyReason =
  'copy:secure: snapshot farcopy-panda-cluster-2-20261121t020000z-0m4t58u4l6598 (111111111111/eu-west-1): the vault role may not kms:CreateGrant on key arn:aws:kms:eu-west-1:111111111111:key/6f5b0b0e-5f3a-4c69-9d0e-000000000001, or the key is not usable; add it to the key policy, see docs/security.md#keys (KMSKeyNotAccessibleFault: The target KMS key does not exist)';

function output(columns = 80) {
  const said = { stdout: '' };
  const out = new Output(
    {
      stdout: { columns, write: (text: string) => (said.stdout += text) },
      stderr: { write: () => undefined },
      environment: {},
      now: () => now,
      onInterrupt: () => () => undefined,
    },
    { json: false, color: false, utc: true },
  );
  return { out, said };
}

const resource = { kind: 'aurora-cluster', account: '999999999999', region: 'eu-west-1', id: 'panda-cluster-1' };
const outcome = (state: string, reason: string | null) => ({ scheduledTime: '2026-11-21T03:00:00Z', state, reason });
const status = (id: string, more: object, outcomes: object[] = [outcome('completed', null)]): LifecycleStatus =>
  ({
    ...resource,
    id,
    tier: 'standard',
    state: 'Idle',
    rpoMissed: false,
    nextAlertAt: null,
    inFlight: null,
    waitsFor: null,
    lifecycle: { paused: false, outcomes },
    ...more,
  }) as unknown as LifecycleStatus;
const inFlight = (step: object) => ({
  state: 'Running',
  inFlight: { resource, scheduledTime: '2026-11-21T03:50:00Z', state: 'running', percent: 34, steps: [step] },
});
const retried = {
  step: 'copy:secure-dr',
  state: 'starting',
  since: '2026-11-21T03:52:00Z',
  trouble: {
    attempts: 6,
    message:
      'snapshot farcopy-x (111111111111/eu-central-1): rds:CopyDBClusterSnapshot: trouble that passes; no answer',
    since: '2026-11-21T03:52:00Z',
    last: null,
    next: '2026-11-21T04:02:00Z',
  },
};
const print = (...all: LifecycleStatus[]) => {
  const { out, said } = output();
  printLifecycles(all, out, Date.parse('2026-11-21T12:00:00Z'));
  return said.stdout;
};

describe('farcopy status', () => {
  const shown = print(
    status('panda-cluster-1', inFlight(retried)),
    status('panda-cluster-2', { rpoMissed: true }, [outcome('failed', keyReason)]),
    status('panda-cluster-3', {}),
  );

  test('fits 80 columns however long a reason is, and says its clause in the table', () => {
    const [table = ''] = shown.split('\n\n');
    expect(Math.max(...table.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(table.split('\n')[2]).toMatch(/^panda-cluster-2 +idle +missed +11-21 03:00 failed +copy:secure: the.*…$/);
  });

  test('says each reason once and whole below the table, by resource', () => {
    expect(shown.split(keyReason)).toHaveLength(2);
    expect(shown).toContain(
      `\npanda-cluster-2 (999999999999/eu-west-1)\n  recovery point of 2026-11-21 03:00:00 UTC failed: ${keyReason}\n`,
    );
  });

  test('does not take a step for running that nobody has taken, and says how often it was tried, since when and when next', () => {
    expect(shown).toMatch(/^panda-cluster-1 +retrying 34 % .* try 7: copy:secu…$/m);
    expect(shown).toContain('copy:secure-dr: starting, tried 6 times since 03:52:00, next 04:02:00: snapshot');
    expect(shown).not.toContain('copy:secure-dr: running');
  });

  test('says that people could not be told of a gap, since when, until when and why', () => {
    const untold = {
      since: '2026-11-21T02:00:00Z',
      triedAt: '2026-11-21T02:15:00Z',
      tries: 2,
      problem: 'topic arn:aws:sns:eu-west-1:999999999999:gone: it is not there',
      heard: [],
    };
    const lifecycle = { paused: false, outcomes: [outcome('completed', null)], untold };
    const told = print(status('panda-cluster-1', { rpoMissed: true, lifecycle }));
    expect(told).toMatch(/^panda-cluster-1 +idle +missed, untold /m);
    expect(told).toContain(
      `people could not be told since 02:00:00, tried 2 times, next at 02:45:00: ${untold.problem}`,
    );
  });

  test('shows what Temporal lists of those that were not asked: no worker need be idle for it', () => {
    const glance = { protectedSince: '2026-11-21T03:00:00Z', rpoSeconds: 3600 };
    const notAsked = { lifecycle: null, rpoMissed: null, waitsFor: null };
    const told = print(
      statusAtAGlance({ ...status('panda-cluster-1', notAsked), glance: { ...glance, latest: null } }, now),
      statusAtAGlance(
        {
          ...status('panda-cluster-2', { ...notAsked, state: 'Waiting', waitsFor: 'cluster-snapshots-in-progress' }),
          glance: { ...glance, protectedSince: '2026-11-21T02:59:59Z', latest: outcome('failed', 'no key') as never },
        },
        now,
      ),
      statusAtAGlance({ ...status('panda-cluster-3', notAsked), glance: null }, now),
    );
    expect(told).toMatch(/^panda-cluster-1 +idle +ok +\?/m);
    expect(told).toMatch(/^panda-cluster-2 +waiting +missed +11-21 03:00 failed +waits for cluster-snapsho/m);
    expect(told).toMatch(/^panda-cluster-3 +idle +\? +\?/m);
    expect(told).toContain('recovery point of 2026-11-21 03:00:00 UTC failed: no key');
  });

  test('says once what all resources share', () => {
    expect(shown).toContain('\nAll: aurora-cluster, account 999999999999, region eu-west-1, tier standard\n');
  });

  test('says kind, account and region in the rows where they differ', () => {
    const two = print(
      status('panda-cluster-1', {}),
      status('panda-cluster-1', { kind: 'rds-instance', region: 'eu-north-1' }),
    );
    expect(two).toMatch(/^panda-cluster-1 +aurora-cluster +eu-west-1 /m);
    expect(two).toMatch(/^panda-cluster-1 +rds-instance +eu-north-1 /m);
    expect(two).toContain('All: account 999999999999, tier standard');
  });

  test('a step that waits says for what, and since when', () => {
    const waiting = {
      step: 'snapshot',
      state: 'waiting',
      waitingFor: 'a busy resource',
      since: '2026-11-20T23:00:00Z',
    };
    expect(print(status('panda-cluster-1', inFlight({ ...waiting, message: 'it is modifying' })))).toContain(
      'snapshot: waits for a busy resource since 2026-11-20 23:00:00: it is modifying',
    );
  });
});

describe('a fleet where a cluster and an instance, and databases of two accounts, bear one name', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'farcopy-tables-'));
  const file = path.join(folder, 'fleet.yaml');
  const cloud = new FakeCloud({ now: () => now });
  const [one, other] = ['999999999999', '888888888888'];
  const add = (kind: string, account = one) =>
    cloud.addResource({ kind, account, region: 'eu-west-1', id: 'prod', tags: { backup: 'true' } });
  const alike = [add('aurora-cluster'), add('rds-instance'), add('aurora-cluster', other)];
  /** The command line on this cloud. */
  const asked = async (command: string) => {
    const onIt = kinds.map(({ description, connect }) => ({ description, connect: () => connect(cloud.clouds) }));
    return (await runWith({ kinds: onIt }, command, '--fleet', file)).stdout;
  };

  beforeAll(async () => {
    writeFileSync(
      file,
      `
fleet: panda
roles: {source: "arn:aws:iam::{account}:role/farcopy-source", vault: "arn:aws:iam::{account}:role/farcopy-vault"}
accounts: [{id: "${one}", regions: [eu-west-1]}, {id: "${other}", regions: [eu-west-1]}]
vaults: {secure: {account: "111111111111", key: alias/farcopy}}
select:
  - {kind: aurora-cluster, tags: {backup: "true"}, tier: standard}
  - {kind: rds-instance, tags: {backup: "true"}, tier: standard}
tiers:
  standard: {schedule: "0 2 * * *", rpo: 26h, route: [secure], retention: {daily: 14, minimum: 2}}
`,
    );
    for (const of of alike) {
      const identity = { fleet: 'panda', tier: 'standard', resource: of, scheduledTime: '2026-11-21T02:00:00Z' };
      const tags = recoveryPointTags(identity, sourcePlace, null);
      await cloud.kinds().copiesOf(of.kind).snapshot({ resource: of, marker: 'farcopy-prod', tags });
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(['plan', 'copies'])('farcopy %s says of each line which of them it is of', async (command) => {
    const lines = (await asked(command)).split('\n').filter((line) => line.startsWith('prod'));
    expect(lines.map((line) => line.split(/ +/).slice(0, 3).join(' ')).sort()).toEqual([
      `prod aurora-cluster ${other}`,
      `prod aurora-cluster ${one}`,
      `prod rds-instance ${one}`,
    ]);
  });
});

describe('columns', () => {
  const rows = [
    { ...resource, id: 'a' },
    { ...resource, id: 'b' },
  ];

  test('that tell rows apart stay, also where one row says nothing', () => {
    const told = toldColumns(rows, [
      { title: 'id', cell: ({ id }) => id, same: (id) => id },
      ...ownerColumns<(typeof rows)[number]>((row) => (row.id === 'a' ? row : null)),
    ]);
    expect(told.titles).toEqual(['id', 'kind', 'account', 'region']);
    expect(told.rows[1]).toEqual(['b', '–', '–', '–']);
    expect(told.common).toBe('');
  });
});

describe('a reason in a table', () => {
  test.each([
    [
      keyReason,
      'copy:secure: the vault role may not kms:CreateGrant on key arn:aws:kms:eu-west-1:111111111111:key/6f5b0b0e-5f3a-4c69-9d0e-000000000001',
    ],
    ['cluster panda (1/eu-west-1) is gone', 'cluster panda'],
    [
      'snapshot: arn:aws:rds:eu-west-1:999999999999:cluster-snapshot:x: the service reports it as failed; see docs',
      'snapshot: the service reports it as failed',
    ],
    ['cluster x (999999999999/eu-west-1): rds:CopyDBSnapshot: trouble that passes; no answer', 'trouble that passes'],
    ['snapshot: no answer', 'snapshot: no answer'],
    ['', ''],
  ])('is its first clause without what the row says already: %s', (reason, short) => {
    expect(shortReason(reason)).toBe(short);
  });
});

test('a moment of another day has its date, in the zone that was asked for', () => {
  const time = '2026-11-20T23:59:58Z';
  expect(momentText(time, now, true)).toBe('2026-11-20 23:59:58');
  expect(momentText(time, now, false, () => 60)).toBe('00:59:58');
  expect(shortTimeText(time, now, true)).toBe('11-20 23:59');
  expect(shortTimeText('2025-01-02T03:04:05Z', now, true)).toBe('2025-01-02');
});

test('a text is broken between words, and no line is too wide whatever stands in it', () => {
  expect(wrapped('panda-1: no answer came', 12)).toEqual(['panda-1: no', '  answer', '  came']);
  for (const line of wrapped(`a ${'x'.repeat(50)} b`, 12)) expect(line.length).toBeLessThanOrEqual(12);
  expect(
    wrapped(`a ${'x'.repeat(50)} b`, 12)
      .join('')
      .replace(/\s/g, ''),
  ).toBe(`a${'x'.repeat(50)}b`);
});
