import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createActivities } from '../../../../src/activities';
import { type ActivityName, fields } from '../../../../src/activities/authority/fields';
import { fieldsAt, isObject } from '../../../../src/activities/authority/fieldsAt';
import { type Meaning } from '../../../../src/activities/authority/meanings';
import { openClouds } from '../../../../src/activities/catalogue/fleetClouds';
import { retentionActivities } from '../../../../src/activities/retention/retentionActivities';
import { type StepRequest } from '../../../../src/activities/steps/stepContracts';
import { type AwsAccess } from '../../../../src/clouds/aws/awsAccess';
import { connectKinds, kinds } from '../../../../src/kinds/registry';
import { copyIn, fleetOf, lender, requestOf, samples, stepOf, target, vault, vaultAccount } from './samples';

const now = Date.parse('2026-11-21T02:00:00Z');
const stranger = '666666666666';
const evilRegion = 'ap-southeast-2';
const touched = new Error('a cloud was touched');
/** A cloud that nobody may touch: neither a client, nor a role. */
const clouds = new Proxy({} as AwsAccess, {
  get: (_, name) => {
    if (name === 'plainHttp') return {};
    return () => {
      throw touched;
    };
  },
});
const fleet = fleetOf(kinds);
const activities = {
  ...createActivities(fleet, clouds, kinds),
  ...retentionActivities(fleet, 'marker', () => openClouds(fleet, kinds, 'marker')),
  ...retentionActivities(fleet, 'pruner', () => openClouds(fleet, kinds, 'pruner')),
} as unknown as Record<ActivityName, (...args: readonly unknown[]) => Promise<unknown>>;
const operations = connectKinds(kinds, { access: clouds, keys: {} as never }).of('aurora-cluster').steps;
const namesOf = (type: string) =>
  type === 'describe' ? { bucket: 'export-bucket', connect: 'connect' } : (operations[type]?.names ?? {});

/** What a stranger would write where something of a meaning stands. */
const foreign: Readonly<Record<Meaning, (value: never) => readonly unknown[]>> = {
  fleet: () => ['other'],
  scope: scopes,
  'scope-of-step': scopes,
  'any-scope': scopes,
  home: (value: object) => [
    { ...value, account: stranger },
    { ...value, region: evilRegion },
  ],
  resource: resources,
  'resource-of-step': resources,
  'input-of-step': () => [],
  'input-of-undo': () => [],
  copy: (value: { arn: string }) => [
    { ...value, account: stranger },
    { ...value, region: evilRegion },
    { ...value, arn: value.arn.replace(/\d{12}/, stranger) },
    { ...value, arn: 's3://stranger/data/' },
  ],
  limit: (value: object) => [
    { ...value, account: stranger },
    { ...value, region: evilRegion },
  ],
  'restore-target': () => [`${stranger}/eu-west-1`, `333333333333/${evilRegion}`],
  'asked-key': () => [`arn:aws:kms:us-east-1:${stranger}:key/1`],
  'drill-target': (value: object) => [
    { ...value, account: stranger },
    { type: 'postgres', url: 'postgres://a@b/c', secret: null },
  ],
  'drilled-database': (value: { type: string }) =>
    value.type === 'aws'
      ? [
          { ...value, account: stranger },
          { ...value, region: evilRegion },
          { ...value, id: 'production' },
          { ...value, id: `arn:aws:rds:eu-central-1:${stranger}:cluster:drill-shop` },
          { ...value, access: { user: null, authentication: { type: 'secret', secret: 'theirs' }, tls: 'disable' } },
        ]
      : servers(value as never),
  checks: () => [[{ type: 'query', name: 'a', resources: [], query: 'select card from payments', equals: 1 }]],
  server: servers,
  'scratch-name': () => ['production', 'farcopy_drill_x"; drop database production'],
  swept: (value: { type: string }) =>
    'url' in value
      ? servers(value as never)
      : value.type === 'thing' || value.type === 'scratch-account'
        ? [{ ...value, scope: lender }]
        : [],
  'vault-bucket': () => ['gs://stranger', 's3://stranger', 'gs://panda-backups', 's3://panda-exports-eu-west-1'],
  'data-prefix': () => ['', 'data/', 'data/aurora-cluster/999999999999/eu-west-1/other/20261121t020000z/'],
  lock: () => [
    { mode: 'compliance', until: '2999-01-01T00:00:00Z' },
    { mode: 'governance', until: '2026-12-01T00:00:00Z' },
  ],
  told: () => [],
  key: () => [`arn:aws:kms:eu-west-1:${stranger}:key/1`],
  'export-bucket': () => ['s3://stranger', 'gs://panda-backups/keep', 's3://panda-exports-eu-west-1/elsewhere'],
  'export-role': () => [`arn:aws:iam::${stranger}:role/export`, `arn:aws:iam::${vaultAccount}:role/other`],
  'own-role': () => [`arn:aws:iam::${stranger}:role/s3`],
  'shared-with': () => [stranger, '888888888888'],
  'vault-account': () => [stranger],
  connect: () => [{ user: null, authentication: { type: 'secret', secret: 'theirs' }, tls: 'disable' }],
};

function scopes(value: { access: string }): readonly unknown[] {
  const { access } = value;
  return [
    { ...value, account: stranger },
    { ...value, region: evilRegion },
    // A vault is nobody's source, and the other way round.
    ...(access === 'vault' ? [{ ...value, account: '999999999999' }] : []),
    ...(access === 'source' ? [{ ...value, account: vaultAccount }] : []),
  ];
}

function resources(value: { arn: string }): readonly unknown[] {
  return [
    { ...value, account: stranger },
    { ...value, region: evilRegion },
    { ...value, id: 'other' },
    { ...value, kind: 'there-is-none' },
    { ...value, arn: value.arn.replace(/\d{12}/, stranger) },
  ];
}

function servers(value: { url: string; secret?: string | null }): readonly unknown[] {
  const hosts = [
    value.url.replace('@', '@evil.'),
    `${value.url}${value.url.includes('?') ? '&' : '?'}host=evil.example`,
  ];
  return [
    ...hosts.map((url) => ({ ...value, url })),
    { ...value, url: value.url.replace('//', '//other').replace(/^postgres/, 'postgresql') },
    { ...value, secret: `arn:aws:secretsmanager:eu-west-1:${stranger}:secret:x` },
  ];
}

function at(root: unknown, path: readonly string[], change: (value: unknown) => unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return change(root);
  if (Array.isArray(root)) return root.map((one: unknown, i) => (String(i) === first ? at(one, rest, change) : one));
  return { ...(root as object), [first]: at((root as Record<string, unknown>)[first], rest, change) };
}

/** The paths under one with `*`, as they stand in a value. */
function pathsOf(root: unknown, pattern: string): string[][] {
  let paths: string[][] = [[]];
  const valueAt = (path: readonly string[]) =>
    path.reduce<unknown>((value, part) => (isObject(value) ? value[part] : undefined), root);
  for (const part of pattern.split('.'))
    paths = paths.flatMap((path) =>
      part === '*'
        ? Object.keys(isObject(valueAt(path)) ? (valueAt(path) as object) : {}).map((name) => [...path, name])
        : [[...path, part]],
    );
  return paths.filter((path) => valueAt(path) !== undefined && valueAt(path) !== null);
}

interface Case {
  readonly activity: ActivityName;
  readonly what: string;
  readonly args: readonly unknown[];
}

function casesOf(activity: ActivityName): Case[] {
  return samples[activity].flatMap((args, sample) => {
    const inRow = fields[activity].flatMap(({ at: pattern, is }) => {
      const isInput = is === 'input-of-step' || is === 'input-of-undo';
      if (!isInput) return pathsOf(args, pattern).map((path) => ({ path, is }));
      const names = namesOf((args[0] as StepRequest).step.type) as Readonly<Record<string, Meaning>>;
      return Object.entries(names)
        .filter(([, meaning]) => is === 'input-of-step' || meaning !== 'shared-with')
        .flatMap(([name, meaning]) => pathsOf(args, `0.step.input.${name}`).map((path) => ({ path, is: meaning })));
    });
    return inRow.flatMap(({ path, is }) => {
      const value = fieldsAt(args, path.join('.'))[0]?.value;
      return foreign[is](value as never).map((evil) => ({
        activity,
        what: `${sample}: ${path.join('.')} = ${JSON.stringify(evil).slice(0, 120)}`,
        args: at(args, path, () => evil) as readonly unknown[],
      }));
    });
  });
}

const names = Object.keys(fields) as ActivityName[];

async function failureOf(activity: ActivityName, args: readonly unknown[]): Promise<unknown> {
  const environment = new MockActivityEnvironment(
    { scheduledTimestampMs: now, currentAttemptScheduledTimestampMs: now },
    // Failures are the point of these tests.
    { logger: new DefaultLogger('ERROR', () => undefined) },
  );
  const run = async (...given: readonly unknown[]): Promise<unknown> => activities[activity](...given);
  return environment.run(run, ...args).then(
    (value: unknown) => ({ returned: value }),
    (error: unknown) => error,
  );
}

test('every activity of a worker has a row, and every row an activity', () => {
  expect(names.sort()).toEqual(Object.keys(activities).sort());
});

describe.each(names.map((name) => [name] as const))('%s', (activity) => {
  const cases = casesOf(activity);

  test('refuses every field that the fleet file does not name, before any cloud is touched', async () => {
    const wrong: unknown[] = [];
    for (const { what, args } of cases) {
      const failure = await failureOf(activity, args);
      const {
        type,
        nonRetryable,
        message = '',
      } = failure as { type?: string; nonRetryable?: boolean; message?: string };
      const isRefused = (type === 'Configuration' || type === 'InvalidInput') && nonRetryable === true;
      if (!isRefused || failure === touched || !message.startsWith(`${activity}: `)) wrong.push([what, failure]);
    }
    expect(wrong).toEqual([]);
  });

  test('is told nothing that names something in a cloud, and stands in no row', () => {
    const told = samples[activity].flatMap((args) => {
      const rows = fields[activity].flatMap(({ at: pattern, is }) =>
        is === 'input-of-step' || is === 'input-of-undo'
          ? Object.keys(namesOf((args[0] as StepRequest).step.type)).map((name) => `0.step.input.${name}`)
          : [pattern],
      );
      const covered = rows.flatMap((pattern) => pathsOf(args, pattern).map((path) => path.join('.')));
      return leaves(args, []).filter(
        (path) => !covered.some((one) => path === one || path.startsWith(`${one}.`)) && !isOfSourceCopy(path),
      );
    });
    expect([...new Set(told)]).toEqual([]);
  });
});

/** The key of a copy is compared with what the service says, and opens nothing. */
const isOfSourceCopy = (path: string) => path.endsWith('.keyArn');

/** Paths of texts that look like an account, a region, an ARN, or a URL. */
function leaves(value: unknown, path: readonly string[]): string[] {
  if (typeof value === 'string')
    return /^\d{12}$|^arn:|^(s3|gs|postgres(ql)?):\/\/|^[a-z]{2}-[a-z]+-\d$/.test(value) ? [path.join('.')] : [];
  return isObject(value) ? Object.entries(value).flatMap(([name, one]) => leaves(one, [...path, name])) : [];
}

test('these open nothing, and nothing else is held against nothing', () => {
  const told = names.flatMap((name) =>
    fields[name].filter(({ is }) => is === 'told').map(({ at: path }) => `${name} ${path}`),
  );
  expect(told.sort()).toEqual([
    'chooseDrillPoint 0.resource',
    'collectOutcomes 0.*',
    'handOverNotification 0.retired',
    'notify 1.*',
    'planDrillVerification 0.resource',
    'recordDrillPassed 0.resource',
    'recordInLedger 0.resource',
    'recordLateInLedger 0.resource',
    'removeLeftover 0.account',
    'runDrillChecks 1',
    'startServiceLimit 1.resource',
    'tellReceiver 1',
    'verifyDrillObjects 0.resource',
    'verifyDrillSnapshot 0.resource',
  ]);
});

describe('what the fleet file names', () => {
  test.each(names.flatMap((name) => samples[name].map((args, i) => [`${name} ${i}`, name, args] as const)))(
    'goes through: %s',
    async (_, activity, args) => {
      const failure = (await failureOf(activity, args)) as { message?: string };
      expect(failure.message ?? '').not.toContain('does not name that');
      expect(failure.message ?? '').not.toContain('nothing that belongs there');
    },
  );
});

describe('the key of a restore', () => {
  const restored = { 'farcopy:restore': 'restore/shop' };
  const start = (key: string) =>
    failureOf('startStep', [requestOf(stepOf('copy', target, { key }), restored, lender)]) as Promise<Error>;

  test('is one of the account that it leads to', async () => {
    expect((await start('alias/anything')).message).not.toContain('does not name that');
    expect((await start(`arn:aws:kms:us-east-1:${stranger}:key/1`)).message).toContain('does not name that');
  });

  test('is a key of the vault where a vault keeps the copy', async () => {
    const copy = requestOf(stepOf('copy', vault, { key: 'alias/theirs' }), null, { ...vault, access: 'vault' });
    expect(((await failureOf('startStep', [copy])) as Error).message).toContain('vaults.*.key');
  });
});

test('a share may be taken back from anybody', async () => {
  const share = stepOf('share', lender, { shareWith: stranger });
  const request = { ...requestOf(share, { 'farcopy:restore': 'a' }, lender), handle: copyIn(lender) };
  const failure = (await failureOf('undoStep', [
    { ...request, polling: { shortestSeconds: 1, longestSeconds: 1 } },
  ])) as Error;
  expect(failure.message ?? '').not.toContain('does not name that');
});

test.each(
  names.filter((name) => fields[name].some(({ optional }) => optional !== true)).map((name) => [name] as const),
)('%s refuses arguments that are nothing at all', async (activity) => {
  for (const args of [[], [null], ['x'], [{}], [[]], [5]]) {
    const failure = (await failureOf(activity, args)) as { type?: string; nonRetryable?: boolean };
    expect({ args, ...failure }).toMatchObject({
      type: expect.stringMatching(/InvalidInput|Configuration/) as string,
      nonRetryable: true,
    });
  }
});
