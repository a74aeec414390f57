import { z } from 'zod';
import { FleetFileError } from '../../src/config/reading/fleetFileError';
import { type Path, plainOf } from '../../src/config/reading/located';
import { quoted } from '../../src/config/reading/quoted';
import { readYaml } from '../../src/config/reading/readYaml';
import { Report } from '../../src/config/reading/report';
import { accountId, region } from '../../src/config/schema/scalars';
import { validated } from '../../src/config/schema/validation';
import { criticalityTag, criticalTier, defaultRegion, principal, vaultAccount } from './sandboxAccounts';
import { type Seed, type SeedKind, type SeedResource } from './seed';

/** The lists of an account's `resources`, and what they hold. */
const lists = {
  aurora: { kind: 'aurora-cluster', engine: 'aurora-postgresql', engines: /^aurora(-mysql|-postgresql)$/ },
  documentdb: { kind: 'documentdb-cluster', engine: 'docdb', engines: /^docdb$/ },
  neptune: { kind: 'neptune-cluster', engine: 'neptune', engines: /^neptune$/ },
  multiAz: { kind: 'multi-az-cluster', engine: 'postgres', engines: /^(postgres|mysql)$/ },
  rds: { kind: 'rds-instance', engine: 'postgres', engines: /^(?!aurora|docdb$|neptune$)[a-z][a-z0-9-]*$/ },
} as const satisfies Record<string, { kind: SeedKind; engine: string; engines: RegExp }>;

type ListName = keyof typeof lists;
const listNames = Object.keys(lists) as ListName[];

/** RDS API, CreateDBCluster and CreateDBInstance: 1–63 letters, digits and single hyphens. */
const identifier = z
  .string()
  .regex(
    /^(?=.{1,63}$)[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*$/,
    'not the identifier of a database: letters, digits and single hyphens, beginning with a letter, at most 63',
  );

/** What a database holds where the seed says only that it has data. */
const defaultData = { database: 'shop', rows: 1_000_000 } as const;

/** Tags unless the seed gives others: what has data is worth the most. */
const defaultTags = { backup: 'true' };
const defaultTagsOfData = { ...defaultTags, [criticalityTag]: criticalTier };

/** The emulator's own limit is the largest Aurora volume, 128 TiB (RDS user guide, "Aurora storage"). */
const largestGb = 131_072;

const capacity = z
  .strictObject({ min: z.number().min(0), max: z.number().min(0.5) })
  .refine(({ min, max }) => min <= max, { path: ['max'], error: 'must not be less than `min`' });

const membership = z.strictObject({
  id: identifier,
  role: z.enum(['primary', 'secondary']),
  writeForwarding: z.boolean().optional(),
});

/** Members that only some lists have. */
const ownMembers = {
  aurora: ['instances', 'serverlessV1', 'serverlessV2', 'global'],
  documentdb: ['instances', 'serverlessV2'],
  neptune: ['instances', 'serverlessV2'],
  multiAz: ['iops'],
  rds: ['replicaOf'],
} as const satisfies Record<ListName, readonly (keyof SeedResource)[]>;

const allOwnMembers = [...new Set(Object.values(ownMembers).flat())];

const denial = z.strictObject({
  account: accountId,
  role: z.string().min(1).optional(),
  actions: z.array(z.string().min(1)).min(1),
  resources: z.array(z.string().min(1)).min(1).optional(),
  filter: z.strictObject({ name: z.string().min(1), value: z.string().min(1) }).optional(),
});

function itemOf(list: ListName) {
  const { kind, engine, engines } = lists[list];
  const own: readonly string[] = ownMembers[list];
  const described = z
    .strictObject({
      id: identifier,
      kind: z.literal(kind).default(kind),
      region: region.default(defaultRegion),
      sizeGb: z.int().min(1).max(largestGb).default(10),
      engine: z.string().regex(engines, `not an engine of what stands under \`${list}\``).default(engine),
      encryption: z.enum(['none', 'default', 'cmk']).default('cmk'),
      tags: z.record(z.string().min(1).max(128), z.string().max(256)).optional(),
      status: z
        .string()
        .regex(/^[a-z]+(-[a-z]+)*$/, 'not a status like `available`')
        .default('available'),
      statusSeconds: z.number().min(0).optional(),
      engineVersion: z.string().min(1).optional(),
      instanceClass: z.string().startsWith('db.').optional(),
      instances: z.int().min(0).max(16).optional(),
      iops: z.int().min(1).optional(),
      serverlessV1: capacity.optional(),
      serverlessV2: capacity.optional(),
      global: membership.optional(),
      replicaOf: z.string().min(1).optional(),
      data: z.union([z.literal('shop'), z.boolean()], { error: 'must be `shop`, true or false' }).default(false),
      rows: z.int().min(1).max(100_000_000).optional(),
    })
    .check(({ value, issues }) => {
      for (const member of allOwnMembers)
        if (value[member] !== undefined && !own.includes(member))
          issues.push({
            code: 'custom',
            input: value,
            path: [member],
            message: `is not for what stands under \`${list}\``,
          });
    })
    .refine(({ data, rows }) => data !== false || rows === undefined, {
      path: ['rows'],
      error: 'is the number of rows of a database with `data`',
    })
    .refine(({ data, engine: named }) => data === false || named.includes('postgres'), {
      path: ['data'],
      error: 'is for PostgreSQL only',
    });
  return z.union([identifier, described], { error: 'must be a name, or {id: …}' });
}

const seedFile = z.strictObject({
  accounts: z
    .array(
      z.strictObject({
        account_id: accountId,
        resources: z
          .strictObject({
            aurora: z.array(itemOf('aurora')).optional(),
            documentdb: z.array(itemOf('documentdb')).optional(),
            neptune: z.array(itemOf('neptune')).optional(),
            multiAz: z.array(itemOf('multiAz')).optional(),
            rds: z.array(itemOf('rds')).optional(),
          })
          .optional(),
      }),
    )
    .min(1),
  denials: z.array(denial).optional(),
});

/**
 * Reads a seed, JSON or YAML: `{"accounts": [{"account_id": "…", "resources": {"aurora": […], "rds": […]}}]}`, with the lists
 * `documentdb`, `neptune` and `multiAz` beside them, each item a name or an object; `denials` is what accounts do not grant. `file` is its name in messages.
 *
 * @throws FleetFileError with everything that is wrong, with line, column and path; nothing else.
 */
export function parseSeed(text: string, file: string): Seed {
  const root = readYaml(text, file);
  const report = new Report(file, root);
  const parsed = validated(seedFile, plainOf(root), report);
  const seen = new Set<string>();
  const resources: SeedResource[] = [];

  parsed?.accounts.forEach(({ account_id: account, resources: listed }, i) => {
    checkAccount(account, ['accounts', i, 'account_id'], report);
    for (const list of listNames) {
      listed?.[list]?.forEach((item, j) => {
        const resource = resourceOf(item, account, list);
        const place = `${list}/${account}/${resource.region}/${resource.id}`;
        if (seen.has(place))
          report.error(['accounts', i, 'resources', list, j], `${quoted(resource.id)} is listed twice`);
        seen.add(place);
        resources.push(resource);
      });
    }
  });
  if (parsed === undefined || report.errors.length > 0) throw new FleetFileError(report.errors);
  const { denials } = parsed;
  return {
    accounts: [...new Set(parsed.accounts.map((account) => account.account_id))],
    resources,
    ...(denials === undefined ? {} : { denials }),
  };
}

type Item = z.output<ReturnType<typeof itemOf>>;

function resourceOf(item: Item, account: string, list: ListName): SeedResource {
  const described = typeof item === 'string' ? itemOf(list).parse({ id: item }) : item;
  if (typeof described === 'string') throw new TypeError('an object was parsed to a text');
  const { data, rows = defaultData.rows, tags = data === false ? defaultTags : defaultTagsOfData, ...rest } = described;
  const resource = { ...rest, account, id: described.id.toLowerCase(), tags };
  return data === false ? resource : { ...resource, data: { ...defaultData, rows } };
}

function checkAccount(account: string, path: Path, report: Report): void {
  if (account === vaultAccount)
    report.error(path, `${account} is the sandbox’s vault account, which holds nothing but copies`);
  if (account === principal.account) report.error(path, `${account} is the account that Farcopy itself runs in`);
}
