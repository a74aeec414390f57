import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  exampleFleetFile,
  externalId,
  FleetFileError,
  loadFleet,
  parseFleet,
  policyOf,
  roleArn,
  VariableError,
} from '../../../src/config';
import { knownKinds } from '../../../src/kinds/registry';
import { fleetText, fleetWith, fleetWithDrill } from './fleetText';
import { thrownBy } from './thrownBy';

const parse = (text: string, overlay?: string) =>
  parseFleet(text, 'fleet.yaml', { kinds: knownKinds, overlay, now: Date.UTC(2026, 10, 21) });

describe('a fleet file', () => {
  it('is resolved with defaults, seconds and vaults', () => {
    expect(parse(fleetText)).toMatchObject({
      name: 'panda',
      roles: { externalId: null, sessionName: 'farcopy' },
      accounts: { type: 'listed', accounts: [{ id: '999999999999', name: '999999999999', regions: ['eu-west-1'] }] },
      shareableKey: null,
      singleStepCopy: false,
      limits: [],
      polling: { shortestSeconds: 20, longestSeconds: 600 },
      snsTopics: [],
      warnings: [],
      tiers: [{ name: 'critical', schedule: ['0 * * * *'], timezone: 'UTC', jitterSeconds: 0, paused: false }],
    });
  });

  it('tells what counts in a place, and what may go of resources that are gone', () => {
    const text = fleetWith('minimum: 3}', 'minimum: 3, places: {source: {hourly: 6, minimum: 2}}}');
    const { tiers, retired } = parse(`${text}retired: {after: 90d, retention: {monthly: 12, minimum: 1}}\n`);
    expect(tiers[0]).toMatchObject({
      retention: { daily: 14, minimum: 3 },
      retentionIn: { source: { hourly: 6, minimum: 2 } },
    });
    expect(retired).toEqual({ afterSeconds: 90 * 86_400, retention: { monthly: 12, minimum: 1 } });
  });

  it('gives each tier the policy its lifecycles need', () => {
    const text = fleetWith(
      'select:',
      'shareableKey: alias/shared\nlimits: [{limit: cluster-snapshots-in-progress, capacity: 20}]\nselect:',
    );
    expect(policyOf(parse(text), 'critical')).toEqual({
      fleet: 'panda',
      tier: 'critical',
      priority: 1,
      rpoSeconds: 7200,
      route: [
        { name: 'secure', account: '111111111111', region: 'eu-west-1', key: 'alias/farcopy' },
        { name: 'secure-dr', account: '111111111111', region: 'eu-central-1', key: 'alias/farcopy' },
      ],
      retention: { daily: 14, minimum: 3 },
      shareableKey: 'alias/shared',
      singleStepCopy: false,
      verify: 'manifest',
      connect: null,
      limits: [{ limit: 'cluster-snapshots-in-progress', capacity: 20 }],
      polling: { shortestSeconds: 20, longestSeconds: 600 },
    });
    expect(() => policyOf(parse(text), 'standard')).toThrow('fleet panda has no tier standard');
  });

  it('resolves how databases are connected to, and what is drilled', () => {
    const [critical] = parse(fleetWithDrill('from: secure-dr')).tiers;
    expect(critical?.connect).toEqual({
      user: null,
      authentication: { type: 'secret', secret: 'farcopy/{id}' },
      tls: 'verify-full',
    });
    expect(critical?.drills).toEqual([
      {
        name: 'weekly',
        schedule: ['0 6 * * 1'],
        timezone: 'UTC',
        jitterSeconds: 0,
        paused: false,
        point: 'latest',
        resources: 1,
        from: 'secure-dr',
        to: {
          type: 'aws',
          account: '333333333333',
          region: 'eu-central-1',
          subnetGroup: null,
          securityGroups: [],
          instanceClasses: [],
        },
        rtoSeconds: null,
        readsAll: true,
        database: null,
        checks: [
          {
            type: 'rows',
            name: 'shop.orders has at least 1 rows',
            resources: [],
            table: 'shop.orders',
            atLeast: 1,
          },
        ],
      },
    ]);
  });

  it('serves tiers in the order of the file, unless they say otherwise', () => {
    const tier = '{schedule: "@hourly", rpo: 2h, route: [secure, secure-dr], retention: {minimum: 1}';
    const tiers = ['a', 'b', 'c', 'd', 'e', 'f'].map(
      (name) => `  ${name}: ${tier}${name === 'b' ? ', priority: 5' : ''}}`,
    );
    const text = `${fleetText.slice(0, fleetText.indexOf('  critical:'))}${tiers.join('\n')}`.replace(
      'tier: critical',
      'tier: a',
    );
    expect(parse(text).tiers.map(({ priority }) => priority)).toEqual([1, 5, 3, 4, 5, 5]);
  });

  it('lets a vault follow the region of the resource, by itself or by a map', () => {
    const text = fleetWith('region: eu-west-1, key', 'key')
      .replace('region: eu-central-1', 'region: {eu-west-1: eu-central-1, us-east-1: us-west-2}')
      .replace('[eu-west-1]', '[eu-west-1, us-east-1]');
    expect(parse(text).vaults.map(({ region }) => region)).toEqual([
      null,
      { 'eu-west-1': 'eu-central-1', 'us-east-1': 'us-west-2' },
    ]);
  });

  it('may use anchors and aliases', () => {
    const text = fleetWith(
      'key: alias/farcopy}\nselect',
      'key: &key alias/farcopy}\n  far: {account: "111111111111", region: us-east-1, key: *key}\nselect',
    );
    expect(parse(text.replace('secure-dr]', 'secure-dr, far]')).vaults.at(-1)).toMatchObject({ key: 'alias/farcopy' });
  });

  it('tells what is wrong in one section although another is malformed', () => {
    const text = fleetWith('rpo: 2h', 'rpo: soon').replace(
      'account: "111111111111", region: eu-west-1',
      'account: "999999999999", region: eu-west-1',
    );
    expect(thrownBy(() => parse(text))).toMatchObject({
      issues: [{ path: 'vaults.secure.account' }, { path: 'tiers.critical.rpo' }],
    });
  });

  it('says everything a person needs in its message', () => {
    const text = fleetWith('secure-dr]', 'secure-rd]').replace('fleet: panda', 'fleet: Panda');
    expect(thrownBy(() => parse(text))).toMatchObject({
      name: 'FleetFileError',
      message: [
        'fleet.yaml:1:8 fleet: `Panda`: must be letters a–z, digits and single hyphens, beginning with a letter',
        'fleet.yaml:14:21 tiers.critical.route[1]: unknown vault `secure-rd`',
        '    did you mean `secure-dr`?',
      ].join('\n'),
    });
  });

  it.each([
    [
      'a vault on no route',
      fleetWith('select:', '  spare: {account: "111111111111", key: alias/k}\nselect:'),
      'vaults.spare',
    ],
    [
      'a tier that no rule chooses',
      fleetWith(
        'tiers:',
        'tiers:\n  idle: {schedule: "@daily", rpo: 26h, route: [secure], retention: {daily: 1, minimum: 1}}',
      ),
      'tiers.idle',
    ],
    [
      'a retention that may have been emptied',
      fleetWith('{daily: 14, minimum: 3}', '{daily: 0, minimum: 1}'),
      'tiers.critical.retention',
    ],
    [
      'one of what is gone',
      fleetWith('minimum: 3}', 'minimum: 3}\nretired: {after: 90d, retention: {minimum: 1}}'),
      'retired.retention',
    ],
    [
      'one in a vault',
      fleetWith('minimum: 3}', 'minimum: 3, places: {source: {minimum: 1}, secure-dr: {minimum: 1}}}'),
      'tiers.critical.retention.places.secure-dr',
    ],
    [
      'a lock that outlasts the retention',
      fleetWith('route: [secure, secure-dr]', 'route: [secure, secure-dr, gcs]').replace(
        'select:',
        '  gcs: {bucket: "gs://panda", lock: {mode: governance, days: 15}, export: {bucket: "s3://exports", role: "arn:aws:iam::111111111111:role/e", key: alias/k}}\nselect:',
      ),
      'vaults.gcs.lock',
    ],
    [
      'a limit of a foreign account',
      fleetWith(
        'select:',
        'limits: [{limit: cluster-snapshots-in-progress, account: "222222222222", capacity: 9}]\nselect:',
      ),
      'limits[0].account',
    ],
    [
      'a drill into an account that keeps copies',
      fleetWithDrill('from: secure-dr').replace('333333333333', '111111111111'),
      'tiers.critical.drills.weekly.to.account',
    ],
    [
      'a drill into an account that is protected',
      fleetWithDrill('from: secure-dr').replace('333333333333', '999999999999'),
      'tiers.critical.drills.weekly.to.account',
    ],
  ])('is used with a warning of %s', (_, text, path) => {
    expect(parse(text).warnings).toMatchObject([{ path }]);
  });

  it('is read from disk, with or without a byte order mark', () => {
    const folder = mkdtempSync(join(tmpdir(), 'farcopy-'));
    try {
      writeFileSync(join(folder, 'fleet.yaml'), `\ufeff${fleetText}`);
      expect(loadFleet(join(folder, 'fleet.yaml'), { kinds: knownKinds }).name).toBe('panda');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('an overlay', () => {
  const text = `${fleetText}overlays:
  prod:
    tiers: {critical: {rpo: 3h, retention: {daily: null, weekly: 8}}}
  staging:
    fleet: panda-staging
    accounts: [{id: "888888888888", regions: [eu-west-1]}]
`;

  it('changes maps key by key, and an empty value takes a key away', () => {
    expect(parse(text, 'prod').tiers).toMatchObject([{ rpoSeconds: 10_800, retention: { weekly: 8, minimum: 3 } }]);
    expect(parse(text, 'prod').tiers[0]?.retention).not.toHaveProperty('daily');
  });

  it('replaces lists and texts', () => {
    const { name, accounts } = parse(text, 'staging');
    expect([name, accounts]).toMatchObject(['panda-staging', { accounts: [{ id: '888888888888' }] }]);
  });

  it('leaves the file alone when it is not asked for', () => {
    expect(parse(text)).toEqual(parse(fleetText));
  });

  it('may complete a file that is incomplete without it', () => {
    const partial = `${fleetWith('fleet: panda\n', '')}overlays: {prod: {fleet: panda}}\n`;
    expect(parse(partial, 'prod').name).toBe('panda');
    expect(() => parse(partial)).toThrow('fleet.yaml:1:1 fleet: is missing');
  });

  it('is suggested when its name is misspelt', () => {
    expect(() => parse(text, 'prd')).toThrow('there is no overlay `prd`\n    did you mean `prod`?');
    expect(() => parse(fleetText, 'prod')).toThrow('there is no overlay `prod`');
  });

  it('is checked even when another one is used', () => {
    expect(() => parse(text.replace('rpo: 3h', 'rpo: 3'), 'staging')).toThrow(FleetFileError);
  });
});

describe('roles', () => {
  const withRoles = (more: string) => parse(fleetWith('roles: {', `roles: {${more}, `));

  it('are named by the account they open', () => {
    const fleet = parse(fleetText);
    expect(roleArn(fleet, 'source', '999999999999')).toBe('arn:aws:iam::999999999999:role/farcopy-source');
    expect(roleArn(fleet, 'vault', '111111111111')).toBe('arn:aws:iam::111111111111:role/farcopy-vault');
  });

  it('are assumed with the external id of the file or of the environment', () => {
    expect(externalId(parse(fleetText), {})).toBeUndefined();
    expect(externalId(withRoles('externalId: panda-7'), {})).toBe('panda-7');
    expect(externalId(withRoles('externalId: {env: FARCOPY_ID}'), { FARCOPY_ID: 'panda-8' })).toBe('panda-8');
  });

  it.each([{}, { FARCOPY_ID: '' }])('are not assumed without the external id the file asks for: %j', (environment) => {
    const fleet = withRoles('externalId: {env: FARCOPY_ID}');
    expect(() => externalId(fleet, environment)).toThrow(VariableError);
    expect(() => externalId(fleet, environment)).toThrow('the environment variable FARCOPY_ID is not set');
  });
});

describe('the example', () => {
  it.each([undefined, 'staging'])('loads without errors or warnings, overlay %s', (overlay) => {
    expect(parse(exampleFleetFile(knownKinds), overlay).warnings).toEqual([]);
  });

  it('stays valid when what it comments out is put in', () => {
    const uncommented = exampleFleetFile(knownKinds)
      .replace(/# (externalId:|limits:| {2}- \{limit|notifications:| {2}snsTopics| {2}channels:| {4}- \{name: )/g, '$1')
      .replace(/accounts:\n {2}- [^#]*# Or all[^\n]*\n/, '')
      .replace(/# (accounts:| {2}organization:| {4}(account|regions|exclude):)/g, '$1');
    expect(parse(uncommented)).toMatchObject({
      warnings: [],
      accounts: { type: 'organization', account: '777777777777' },
      limits: [{ capacity: 20 }],
      snsTopics: [expect.stringContaining('farcopy')],
      channels: [{ type: 'pagerduty' }, { type: 'slack' }],
      roles: { externalId: { env: 'FARCOPY_EXTERNAL_ID' } },
    });
  });

  it('tells editors where its schema is', () => {
    expect(exampleFleetFile(knownKinds, '../fleet.schema.json')).toMatch(
      /^# yaml-language-server: \$schema=\.\.\/fleet\.schema\.json\n/,
    );
  });
});

describe('the reference in docs/fleet-file.md', () => {
  const page = readFileSync(join(__dirname, '../../../docs/fleet-file.md'), 'utf8');
  const blocks = [...page.matchAll(/```yaml\n([^`]*)```/g)].map(([, text]) => text ?? '');
  const whole = blocks.find((text) => text.startsWith('fleet:')) ?? '';

  it('shows a whole fleet file that loads without warnings', () => {
    expect(parse(whole).warnings).toEqual([]);
  });

  it('shows an overlay that fits it', () => {
    const overlays = blocks.find((text) => text.startsWith('overlays:')) ?? '';
    const fleet = parse(whole + overlays, 'staging');
    expect(fleet).toMatchObject({ name: 'panda-staging', warnings: [] });
    expect(fleet.tiers[0]?.retention).toEqual({ daily: 14, weekly: 8, monthly: 12, minimum: 3 });
  });
});
