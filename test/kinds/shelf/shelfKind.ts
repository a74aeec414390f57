import { type BucketVault, isBucketVault, type ProtectionPolicy } from '../../../src/core/backup/policy';
import { exportPlace, type Scope } from '../../../src/core/catalogue/copy';
import { type KindDescription, type PlannedResource, RouteError } from '../../../src/core/kind';
import { capacityUnder, type ServiceLimit } from '../../../src/core/limits/limit';
import { uniqueName } from '../../../src/core/naming';
import { step, type Step } from '../../../src/core/steps/step';

export const shelfExports: ServiceLimit = {
  name: 'shelf-exports',
  title: 'exports of shelves in progress',
  capacity: 5,
  source: 'shelfService.ts',
  countsIn: 'source',
};

const arn = /^arn:aws:shelf:([a-z0-9-]+):(\d{12}):shelf\/(.+)$/;
/** A name of dots only would be another folder to whatever reads paths. */
const name = /^(?!\.+$)[A-Za-z0-9 _.,:;+=@~#%&'()!-]{1,255}$/;

/** Things in rows, whose service keeps no copies: it writes what stood there at a moment of the past into a bucket. */
export const shelfKind: KindDescription = {
  name: 'shelf',
  title: 'Shelf',
  aliases: ['shelves'],
  copyNoun: 'export',
  copyDeletion: null,
  id: {
    pattern: name,
    rule: "1–255 letters, digits, spaces and _.,:;+=@~#%&'()!-, not only dots",
    caseSensitive: true,
  },
  ofArn: (text) => {
    const [, region, account, id] = arn.exec(text) ?? [];
    if (region === undefined || account === undefined || id === undefined || !name.test(id)) return null;
    return { account, region, id };
  },
  capabilities: {
    names: 'assigned',
    moment: 'chosen',
    copies: false,
    crossesBoth: false,
    encryptsPlainOnCopy: false,
    defaultKey: null,
    exportsFrom: 'source',
    restores: false,
    answersSql: false,
  },
  limits: [shelfExports],
  permissions: [{ role: 'source', action: 'shelf:StartExport' }],
  restoreOptions: [],
  planBackup: planShelf,
};

/** Each bucket of the route gets an export of its own, of the scheduled time. */
function planShelf(resource: PlannedResource, policy: ProtectionPolicy, scheduledTime: string): Step[] {
  const account = policy.route.find((destination) => !isBucketVault(destination));
  if (account !== undefined)
    throw new RouteError(
      `vault ${account.name} is an account, and the service of shelves keeps no copies: take it out of the route of tier ${policy.tier}, or bring shelves into a tier with buckets only`,
    );
  return policy.route.filter(isBucketVault).flatMap((vault) => bringTo(vault, resource, policy, scheduledTime));
}

function bringTo(
  vault: BucketVault,
  resource: PlannedResource,
  policy: ProtectionPolicy,
  scheduledTime: string,
): Step[] {
  const { account, region } = resource;
  const limit = { account, region, limit: shelfExports.name };
  const bucket = vault.export.bucket.replaceAll('{region}', region);
  const owner: Scope = { account: vault.export.role.split(':')[4] ?? '', region, access: 'vault' };
  const exported = step({
    id: `export:${vault.name}`,
    type: 'export',
    place: exportPlace(vault.name),
    scope: { account, region, access: 'source' },
    marker: uniqueName(120, policy.fleet, resource, scheduledTime, `export/${vault.name}`),
    limit: { ...limit, capacity: capacityUnder(shelfExports, limit, policy.limits) },
    expects: { seconds: 60, secondsPerGiB: 10 },
    protects: true,
    counts: 'place',
    input: { bucket, owner: owner.account },
  });
  const transferred = step({
    id: `transfer:${vault.name}`,
    type: 'transfer',
    after: [exported.id],
    reads: exported.id,
    place: vault.name,
    scope: owner,
    marker: vault.name,
    expects: { seconds: 30, secondsPerGiB: 10 },
    protects: true,
    counts: 'place',
    input: {
      from: bucket,
      to: vault.bucket,
      lock: vault.lock,
      bytesPerSecond: vault.bytesPerSecond,
      verify: policy.verify ?? 'manifest',
    },
  });
  return [exported, transferred];
}
