import { type FleetClouds } from '../../../../src/activities/catalogue/fleetClouds';
import { type Fleet, parseFleet } from '../../../../src/config';
import { recoveryPointTags } from '../../../../src/core/backup/recoveryPointTags';
import { type Copy, copyTags, type RetentionRole, type Scope } from '../../../../src/core/catalogue/copy';
import { type ResourceRef } from '../../../../src/core/resource';
import { type CopyOperations, type Kind, type KindOperations } from '../../../../src/kinds/kind';
import { copyIdentifier } from '../../../../src/kinds/rds/markers';
import { kinds as registered, knownKinds } from '../../../../src/kinds/registry';
import { FakeCloud } from '../../../fakes/cloud';

const homeAccount = '999999999999';
const vaultAccount = '111111111111';

/** A fleet with roles of retention, whose tier keeps no more than the newest two days. */
export const heldFleetText = `fleet: panda
roles:
  source: "arn:aws:iam::{account}:role/farcopy-source"
  vault: "arn:aws:iam::{account}:role/farcopy-vault"
  marker: "arn:aws:iam::{account}:role/farcopy-marker"
  pruner: "arn:aws:iam::{account}:role/farcopy-pruner"
accounts:
  - {id: "${homeAccount}", regions: [eu-west-1]}
vaults:
  secure: {account: "${vaultAccount}", region: eu-west-1, key: alias/farcopy}
  secure-dr: {account: "${vaultAccount}", region: eu-central-1, key: alias/farcopy}
select:
  - {kind: aurora-cluster, tier: standard}
tiers:
  standard: {schedule: "0 2 * * *", rpo: 26h, route: [secure, secure-dr], retention: {daily: 2, minimum: 1}}
`;

/** Databases with copies in all places of a fleet, on a clock of their own. */
export class HeldFleet {
  /** Epoch milliseconds. */
  now = Date.parse('2026-11-18T02:00:00Z');
  /** Who has listed and tagged copies: `tag as marker of 111111111111/eu-west-1`. */
  readonly heard: string[] = [];
  /** Done by others, just before a copy is asked for, or just after it was tagged. */
  meanwhile: { readonly asked?: () => Promise<void>; readonly tagged?: (arn: string) => Promise<void> | void } = {};
  /** The ARN of a copy that its service says to be deleting. */
  deleting: string | null = null;
  readonly fleet: Fleet = parseFleet(heldFleetText, 'fleet.yaml', { kinds: knownKinds });
  readonly cloud = new FakeCloud({ now: () => this.now });
  /** What a command line is given, to run in these clouds. */
  readonly kinds: readonly Kind[] = registered.map(({ description }) => ({
    description,
    connect: () => this.told(this.cloud.kinds().of(description.name)),
  }));

  add(id: string): ResourceRef {
    return this.cloud.addResource({ kind: 'aurora-cluster', account: homeAccount, region: 'eu-west-1', id });
  }

  /** Makes a recovery point: a proven copy at the source and, unless it is still on its way, in both vaults. */
  async backUp(resource: ResourceRef, scheduledTime: string, places: readonly string[] = ['secure', 'secure-dr']) {
    this.now = Date.parse(scheduledTime);
    const copies = this.cloud.kinds().copiesOf(resource.kind);
    const source: Scope = { account: homeAccount, region: 'eu-west-1', access: 'source' };
    const marker = copyIdentifier('panda', resource, scheduledTime);
    const identity = { fleet: 'panda', tier: 'standard', resource, scheduledTime };
    const tags = (place: string) => ({
      ...recoveryPointTags(identity, place, scheduledTime),
      [copyTags.verified]: `exists ${scheduledTime}`,
    });
    let last = await copies.snapshot({ resource, marker, tags: tags('source') });
    await copies.sharing?.share(last, source, vaultAccount);
    for (const place of places) {
      const region = place === 'secure' ? 'eu-west-1' : 'eu-central-1';
      const target: Scope = { account: vaultAccount, region, access: 'vault' };
      last = await copies.copy({ source: last, target, marker, key: 'alias/farcopy', tags: tags(place) });
    }
  }

  /** The clouds as a role of retention opens them. */
  clouds(reader: RetentionRole | null): FleetClouds {
    const access = reader ?? 'source';
    return {
      // The time by AWS's clock is not told: no answer has a head.
      access: { sts: () => ({ send: () => Promise.resolve({}) }) } as never,
      kinds: this.cloud.kinds(),
      reader,
      selected: ['aurora-cluster'],
      bucket: () => {
        throw new Error('the fleet has no bucket');
      },
      vaultBucket: () => {
        throw new Error('the fleet has no bucket');
      },
      scopes: () => Promise.resolve([{ account: homeAccount, region: 'eu-west-1', access }]),
      close: () => undefined,
    };
  }

  /** What the clouds say of every copy now: `shop 2026-11-21T02:00:00Z in secure` → its tag. */
  tags(name: 'hold' | 'deleteAfter' = 'hold'): Record<string, string | undefined> {
    return Object.fromEntries(this.cloud.allCopies().map((copy) => [lineOf(copy), copy.tags[copyTags[name]]]));
  }

  /** The copy that {@link tags} calls so. */
  copyAt(line: string): Copy {
    const found = this.cloud.allCopies().find((copy) => lineOf(copy) === line);
    if (found === undefined) throw new Error(`${line}: there is no such copy`);
    return found;
  }

  private told(operations: KindOperations): KindOperations {
    const { copies } = operations;
    if (copies === undefined) return operations;
    const hear = (what: string, { access, account, region }: Scope) =>
      void this.heard.push(`${what} as ${access} of ${account}/${region}`);
    const heard: CopyOperations = {
      ...copies,
      list: (scope, signal) => {
        hear('list', scope);
        return copies.list(scope, signal);
      },
      progress: async (copy, scope, signal) => {
        await this.meanwhile.asked?.();
        const found = await copies.progress(copy, scope, signal);
        return found.arn === this.deleting ? { ...found, status: 'deleting' } : found;
      },
      tag: async (copy, scope, tags, signal) => {
        hear('tag', scope);
        await copies.tag(copy, scope, tags, signal);
        await this.meanwhile.tagged?.(copy.arn);
      },
    };
    // Methods of a class do not travel by spreading.
    return Object.assign(Object.create(operations) as KindOperations, { copies: heard });
  }
}

function lineOf({ tags }: Copy): string {
  const [, , , id, time] = (tags[copyTags.recoveryPoint] ?? '').split('/');
  return `${id} ${time} in ${tags[copyTags.place]}`;
}
