import { MockActivityEnvironment } from '@temporalio/testing';
import { planActivities } from '../../../../src/activities/backup/planBackup';
import { VaultListings } from '../../../../src/activities/catalogue/vaultListings';
import { recoveryPointTags } from '../../../../src/core/backup/recoveryPointTags';
import { copyTags, type Scope } from '../../../../src/core/catalogue/copy';
import { policyOf } from '../../../../src/config';
import { backupWalk, type BackupPlan } from '../../../../src/core/backup/recoveryPointPlan';
import { recoveryPointResult } from '../../../../src/core/backup/recoveryPointResult';
import { ConnectedKinds } from '../../../../src/kinds/kind';
import { type WorldOfTest } from '../../../conformance/kindWorld';
import { PlanWalk } from '../../../conformance/planWalk';
import { awsError, FakeCloud } from '../../../fakes/cloud';
import { recoveryPointInput } from '../../../workflow/fixtures';
import { fleetOf } from '../../client/fleet';

const policy = { ...policyOf(fleetOf(), 'standard'), rpoSeconds: 24 * 3600 };
const scheduledTime = '2026-11-21T02:00:00Z';

/** Plans the backup of a resource at rest since then, whose last whole recovery point is that of `last`. */
async function plan(since: string | null, last: string | null) {
  const cloud = new FakeCloud({ now: () => Date.UTC(2026, 10, 25) });
  const resource = cloud.addResource({
    ...{ kind: 'aurora-cluster', account: '999999999999', region: 'eu-west-1', id: 'shop' },
  });
  const kind = cloud.kind('aurora-cluster');
  const description = { ...kind.description, atRest: () => ({ reason: 'it is stopped', since }) };
  const { planBackup } = planActivities({
    kinds: new ConnectedKinds([Object.create(kind, { description: { value: description } }) as typeof kind]),
    lastWhole: async () => last,
    vaults: { verified: async () => [] },
    policyOf: () => policy,
  });
  const identity = { fleet: 'panda', tier: 'standard', resource, scheduledTime };
  return new MockActivityEnvironment().run(planBackup, identity);
}

describe('of a resource at rest, the last recovery point', () => {
  test.each([
    [
      'within the RPO of when it came to rest is current, however long ago',
      '2026-11-10T00:00:00Z',
      '2026-11-09T02:00:00Z',
    ],
    ['after it came to rest is current', '2026-11-10T00:00:00Z', '2026-11-11T02:00:00Z'],
    ['is current for one RPO where nobody tells since when it rests', null, '2026-11-20T02:00:00Z'],
  ])('%s', async (_, since, last) => {
    expect(await plan(since, last)).toMatchObject({
      steps: [],
      resting: expect.stringContaining('still current') as string,
    });
  });

  test.each([
    ['older than the RPO when it came to rest may lack what changed', '2026-11-10T00:00:00Z', '2026-11-08T02:00:00Z'],
    ['is not current for longer than an RPO where nobody tells since when it rests', null, '2026-11-19T02:00:00Z'],
    ['is missing', '2026-11-10T00:00:00Z', null],
  ])('%s', async (_, since, last) => {
    await expect(plan(since, last)).rejects.toMatchObject({
      ...{ type: 'Configuration', nonRetryable: true },
      message: expect.stringContaining('start it') as string,
    });
  });
});

describe('what a resource was before', () => {
  const vault: Scope = { account: '111111111111', region: 'eu-west-1', access: 'vault' };

  /** Plans the backup of a cluster whose vault has a copy of the day before. */
  async function planned(changes: { readonly tags?: Record<string, string>; readonly fault?: boolean } = {}) {
    const cloud = new FakeCloud({ now: () => Date.UTC(2026, 10, 25) });
    const resource = cloud.addResource({
      ...{ kind: 'aurora-cluster', account: '999999999999', region: 'eu-west-1', id: 'shop', sizeGiB: 50 },
      ...(changes.tags === undefined ? {} : { tags: changes.tags }),
    });
    const kinds = cloud.kinds();
    const copies = kinds.copiesOf('aurora-cluster');
    const identity = { fleet: 'panda', tier: 'standard', resource, scheduledTime };
    const before = { ...identity, scheduledTime: '2026-11-20T02:00:00Z', incarnation: 'cluster-before' };
    const tags = { ...recoveryPointTags(before, 'secure', null), [copyTags.verified]: 'exists 2026-11-20T03:00:00Z' };
    const source = await copies.snapshot({ resource, marker: 's', tags });
    await copies.sharing?.share(source, { ...vault, account: resource.account, access: 'source' }, vault.account);
    await copies.copy({ source, target: vault, marker: 'c', key: 'alias/farcopy', tags });
    if (changes.fault === true)
      cloud.fault({ call: 'listCopies', failure: () => awsError('AccessDenied', 'not authorized', 403) });
    const vaults = new VaultListings(fleetOf(), kinds);
    const { planBackup } = planActivities({ kinds, lastWhole: async () => null, vaults, policyOf: () => policy });
    return new MockActivityEnvironment().run(planBackup, identity);
  }

  it('is told by the last copy in a vault', async () => {
    const previous = { scheduledTime: '2026-11-20T02:00:00Z', incarnation: 'cluster-before', sizeGiB: 50 };
    expect(await planned()).toMatchObject({ resting: null, previous });
  });

  it('keeps no backup from being made where the vault does not tell', async () => {
    const plan = await planned({ fault: true });
    expect(plan).toMatchObject({ resting: null });
    expect(plan).not.toHaveProperty('previous');
  });
});

describe.each(['aurora-cluster', 'rds-instance'])(
  'a resource that was deleted and made again under its name: %s',
  (name) => {
    /** What a recovery point of the resource, as AWS has it now, tells people. */
    async function notesOf(cloud: FakeCloud, time: string, resourceId: string): Promise<string[]> {
      const place = { account: '999999999999', region: 'eu-west-1' };
      const resource = cloud.addResource({ kind: name, ...place, id: 'shop', resourceId });
      const kinds = cloud.kinds();
      const vaults = new VaultListings(fleetOf(), kinds);
      const { planBackup } = planActivities({ kinds, lastWhole: async () => null, vaults, policyOf: () => policy });
      const input = recoveryPointInput(resource);
      const asked = { ...input, identity: { ...input.identity, scheduledTime: time } };
      const plan: BackupPlan = await new MockActivityEnvironment().run(planBackup, asked.identity);
      const here = { kind: kinds.of(name) } as unknown as WorldOfTest;
      const { identity, steps } = backupWalk(asked, plan);
      const walk = new PlanWalk(here, { identity, steps });
      await walk.to();
      return recoveryPointResult(plan, walk.graph, {}).notes.map(({ message }) => message);
    }

    it('is told with its first recovery point, since all copies from before are of the other one', async () => {
      const cloud = new FakeCloud({ now: () => Date.UTC(2026, 10, 25) });
      expect(await notesOf(cloud, '2026-11-19T02:00:00Z', 'resource-A')).toEqual([]);
      expect(await notesOf(cloud, '2026-11-20T02:00:00Z', 'resource-A')).toEqual([]);
      expect(await notesOf(cloud, '2026-11-21T02:00:00Z', 'resource-B')).toEqual([
        expect.stringMatching(/^it is another one than at 2026-11-20T02:00:00Z \(resource-B, then resource-A\)/),
      ]);
      expect(await notesOf(cloud, '2026-11-22T02:00:00Z', 'resource-B')).toEqual([]);
    });
  },
);

test('a database with the tag of a proof is not copied: its copies would take the tag over, and nobody could tag them', async () => {
  const cloud = new FakeCloud({ now: () => Date.UTC(2026, 10, 25) });
  const resource = cloud.addResource({
    ...{ kind: 'aurora-cluster', account: '999999999999', region: 'eu-west-1', id: 'shop' },
    tags: { [copyTags.verified]: 'exists 2020-01-01T00:00:00Z' },
  });
  const { planBackup } = planActivities({
    kinds: cloud.kinds(),
    lastWhole: async () => null,
    vaults: { verified: async () => [] },
    policyOf: () => policy,
  });
  const identity = { fleet: 'panda', tier: 'standard', resource, scheduledTime };
  await expect(new MockActivityEnvironment().run(planBackup, identity)).rejects.toMatchObject({
    type: 'Configuration',
    message: expect.stringContaining('remove it from the resource') as string,
  });
});
