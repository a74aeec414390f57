import { recoveryPointTags } from '../../src/core/backup/recoveryPointTags';
import { type Copy, copyTags, type Scope, sourcePlace } from '../../src/core/catalogue/copy';
import { scheduledTimeLabel } from '../../src/core/naming';
import { type Resource, type ResourceRef } from '../../src/core/resource';
import { type CopyOperations, type Kind, type KindOperations } from '../../src/kinds/kind';
import { auroraCluster } from '../../src/kinds/rds/auroraCluster/auroraCluster';

/** A fleet of any size: what its accounts list follows from its figures alone, so that nothing has to keep it. */
export interface LargeFleet {
  readonly resources: number;
  /** Recovery points of each, in three places. */
  readonly points: number;
  /** Epoch milliseconds. */
  readonly now: number;
}

export const fleetName = 'large';
const region = 'eu-west-1';
const vaultAccount = '111111111111';
const stateAccount = '222222222222';
export const sourceAccounts = Array.from({ length: 20 }, (_, i) => String(300000000000 + i));
const day = 86_400_000;
const pageSize = 100;

export const fleetFile = `
fleet: ${fleetName}
roles: {source: "arn:aws:iam::{account}:role/farcopy-source", vault: "arn:aws:iam::{account}:role/farcopy-vault"}
accounts:
${sourceAccounts.map((id) => `  - {id: "${id}", regions: [${region}]}`).join('\n')}
vaults:
  secure: {account: "${vaultAccount}", key: alias/farcopy}
  secure-dr: {account: "${vaultAccount}", region: eu-central-1, key: alias/farcopy}
state: {bucket: "s3://state", role: "arn:aws:iam::${stateAccount}:role/farcopy-state", region: ${region}}
select:
  - {kind: aurora-cluster, tier: standard}
tiers:
  standard:
    schedule: "0 2 * * *"
    timezone: Europe/Vienna
    rpo: 26h
    route: [secure, secure-dr]
    retention: {daily: 7, weekly: 2, minimum: 2}
`;

/** The path of the nth resource of all. */
export function resourceRefOf(n: number): ResourceRef {
  const account = sourceAccounts[n % sourceAccounts.length] ?? '';
  const id = `cluster-${String(n).padStart(6, '0')}`;
  return { kind: 'aurora-cluster', account, region, id, arn: `arn:aws:rds:${region}:${account}:cluster:${id}` };
}

/** When the nth recovery point from now was due, and when its data is from. */
export function pointOf({ now }: LargeFleet, n: number): string {
  return scheduledTimeLabel(Math.floor(now / day - n) * day + 3600_000);
}

/** The kind of all its resources, whose operations list what follows from the figures. */
export function largeKind(fleet: LargeFleet): Kind {
  const { description } = auroraCluster;
  const listed = new Set(sourceAccounts);
  const ofAccount = (account: string) =>
    Array.from({ length: fleet.resources }, (_, n) => n).filter(
      (n) => sourceAccounts[n % sourceAccounts.length] === account,
    );

  async function* list({ account, region: where }: Scope): AsyncGenerator<readonly Copy[]> {
    const isSource = listed.has(account);
    if (!isSource && account !== vaultAccount) return;
    const place = isSource ? sourcePlace : where === region ? 'secure' : 'secure-dr';
    const numbers = isSource ? ofAccount(account) : Array.from({ length: fleet.resources }, (_, n) => n);
    let page: Copy[] = [];
    for (const n of numbers)
      for (let point = 0; point < fleet.points; point++) {
        page.push(copyOf(n, pointOf(fleet, point), place, account, where));
        if (page.length < pageSize) continue;
        yield page;
        page = [];
        await new Promise(setImmediate);
      }
    if (page.length > 0) yield page;
  }

  function copyOf(n: number, scheduledTime: string, place: string, account: string, where: string): Copy {
    const resource = resourceRefOf(n);
    const id = description.copyName?.(fleetName, resource, scheduledTime) ?? '';
    const made = { fleet: fleetName, tier: 'standard', resource, scheduledTime };
    return {
      ...{
        kind: resource.kind,
        account,
        region: where,
        id,
        arn: `arn:aws:rds:${where}:${account}:cluster-snapshot:${id}`,
      },
      ...{ status: 'available', rawStatus: 'available', percent: 100, sizeGiB: 100, manual: true },
      keyArn: `arn:aws:kms:${where}:${account}:key/11111111-2222-3333-4444-555555555555`,
      createdAt: scheduledTime,
      sourceArn: place === sourcePlace ? null : `arn:aws:rds:${region}:${resource.account}:cluster-snapshot:${id}`,
      resourceId: resource.id,
      tags: {
        ...recoveryPointTags(made, place, scheduledTime),
        [copyTags.verified]: `exists ${scheduledTime}`,
      },
    };
  }

  async function* discover({ account }: Scope): AsyncGenerator<readonly Resource[]> {
    yield ofAccount(account).map((n) => ({
      ...resourceRefOf(n),
      ...{ tags: { backup: 'true' }, status: 'available', engine: 'aurora-postgresql', sizeGiB: 100 },
      keyArn: `arn:aws:kms:${region}:${account}:key/1`,
      createdAt: '2026-01-01T00:00:00.000Z',
      posture: {
        ...{ ownBackupDays: 7, restorableUntil: new Date(fleet.now).toISOString(), deletionProtection: true },
        ...{ public: false, copiesTakeTags: true },
      },
    }));
  }

  const operations: KindOperations = {
    description,
    discover,
    describe: () => Promise.reject(new Error('nobody asks for one')),
    encryption: ({ keyArn }) => Promise.resolve({ type: 'customer', keyArn: keyArn ?? '' }),
    steps: {},
    inFlight: () => Promise.resolve([]),
    copies: { list } as unknown as CopyOperations,
  };
  return { description, connect: () => operations };
}
