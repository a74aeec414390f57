import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { sweepActivities, sweepPlaces } from '../../../../src/activities/sweep/sweep';
import { copyTags, type Scope } from '../../../../src/core/catalogue/copy';
import { drillTags, drillTagsOf } from '../../../../src/core/drill/drillScratch';
import { failureTypes } from '../../../../src/core/failure';
import { restoreWorkflowId } from '../../../../src/core/naming';
import { ownershipTags, restoreTags } from '../../../../src/core/restore/restoreOwnership';
import { type Found, type Leftover, leftoverText, type SweepPlace, told } from '../../../../src/core/sweep/sweep';
import { searchAttributes } from '../../../../src/core/searchAttributes';
import { step } from '../../../../src/core/steps/step';
import { awsError, FakeCloud } from '../../../fakes/cloud';
import { fleetOf } from '../../client/fleet';

type Tags = Readonly<Record<string, string>>;

const now = Date.now();
const ago = (minutes: number) => new Date(now - minutes * 60_000).toISOString();
const scope: Scope = { account: '333333333333', region: 'eu-west-1', access: 'restore' };
const run = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;
const [open, closed, reset, forgotten, renamed] = [1, 2, 3, 4, 5].map(run) as [string, string, string, string, string];

/** What Temporal says of runs: `reset` was closed, and goes on under another id; `renamed` is listed by its id only. */
const client = {
  withAbortSignal: (_signal: AbortSignal, work: () => Promise<unknown>) => work(),
  workflow: {
    getHandle: (id: string, runId?: string, workflowId = id.replace(/^recovery-point\//, '')) => ({
      describe: async () => {
        if (runId === open || workflowId === open) return { closeTime: undefined, raw: {} };
        if (runId === closed || (workflowId === closed && runId === undefined))
          return { closeTime: new Date(), raw: { workflowExecutionInfo: { firstRunId: closed } } };
        if (workflowId === reset)
          return {
            closeTime: runId === reset ? new Date() : undefined,
            raw: { workflowExecutionInfo: { firstRunId: reset } },
          };
        throw new WorkflowNotFoundError('there is none', workflowId, runId);
      },
    }),
    list: async function* ({ query }: { query: string }) {
      if (query.includes(renamed)) yield { closeTime: undefined };
    },
  },
};

const drilled = (runId: string, since = ago(180), fleet = 'panda') =>
  drillTagsOf({ fleet, workflowId: runId, runId, since });

/** What the restore of a database of that name tags it with. */
const restoredAs = (id: string): Tags => ({
  [restoreTags.restore]: restoreWorkflowId({ ...scope, kind: 'aurora-cluster', id }),
});

/** Looks into a place that holds what is given, by name and tags; a database that has no other tag of a restore was restored so. */
async function find(
  type: 'scratch-account' | 'copies',
  things: Readonly<Record<string, Tags>>,
  deletionProtection = false,
  refused: string | null = null,
): Promise<Found> {
  const cloud = new FakeCloud({ now: () => now - 180 * 60_000 });
  const { account, region } = scope;
  const resource = cloud.addResource({ kind: 'rds-instance', account, region, id: 'somebodys' });
  for (const [id, own] of Object.entries(things)) {
    const tags = { ...(type === 'copies' ? {} : restoredAs(id)), ...own };
    if (type === 'copies') await cloud.kinds().copiesOf('rds-instance').snapshot({ resource, marker: id, tags });
    else {
      cloud.addRestored({ kind: 'aurora-cluster', account, region, id, tags, protected: deletionProtection });
      const of = { form: 'cluster', family: 'aurora-postgresql16', description: '', parameters: new Map() } as const;
      cloud.addParameterGroup({ ...of, name: `${id}-group`, tags }, scope);
    }
  }
  if (refused !== null)
    cloud.fault({
      call: 'listCopies',
      about: refused,
      failure: () => awsError('AccessDenied', 'it may not be listed', 403),
    });
  const activities = sweepActivities({
    fleet: fleetOf(),
    kinds: cloud.kinds(),
    scopes: async () => [],
    readSecret: async () => Promise.reject(new Error('no secret is needed')),
    ...{ servers: new Set(), ownPassword: undefined },
  });
  const logger = new DefaultLogger('ERROR', () => undefined);
  return new MockActivityEnvironment(
    { currentAttemptScheduledTimestampMs: now },
    { logger, client: client as unknown as Client },
  ).run(activities.findLeftovers, { type, scope });
}

const names = ({ orphans }: Found) => orphans.map((one) => leftoverText(one).split(' ')[1]);

describe('in a scratch account', () => {
  it('is found what drills have made whose runs have ended, with their parameter groups', async () => {
    const found = await find('scratch-account', { ended: drilled(closed) });
    expect(found.orphans.map(leftoverText)).toEqual([
      'aurora-cluster ended (333333333333/eu-west-1)',
      'cluster parameter group ended-group (333333333333/eu-west-1)',
    ]);
    expect(found.kept).toEqual([]);
  });

  it.each([
    ['a drill that is under way', drilled(open), 'its workflow is under way'],
    ['a drill that a person has reset', drilled(reset), 'its workflow is under way'],
    ['a drill whose id has characters that no tag takes', drilled(renamed), 'its workflow is under way'],
    ['a young drill of a Temporal that is not this one', drilled(forgotten, ago(59)), 'is not an hour old'],
    ['tags that someone has changed', { ...drilled(closed), [drillTags.run]: "' OR '1'='1" }, 'name no run'],
    [
      'tags that name no workflow, which Temporal may not be asked for',
      { ...drilled(closed), [drillTags.drill]: '' },
      'name no run',
    ],
    ['a time that someone has changed', drilled(forgotten, 'yesterday'), 'is not an hour old'],
  ])('is left alone, and told: %s', async (_, tags, why) => {
    const { orphans, kept } = await find('scratch-account', { kept: tags });
    expect(orphans).toEqual([]);
    expect(kept.map((one) => one.why)).toEqual([expect.stringContaining(why), expect.stringContaining(why)]);
  });

  it.each<[string, Tags]>([
    ["a person's database", {}],
    ['a database that was restored on demand, also if its run has ended', ownershipTags(closed, closed)],
    ["another fleet's", drilled(closed, ago(180), 'fox')],
    [
      'a drill of nobody knows when',
      { [drillTags.drill]: closed, [drillTags.run]: closed, [drillTags.fleet]: 'panda' },
    ],
  ])('is not even seen: %s', async (_, tags) => {
    expect(await find('scratch-account', { it: tags })).toEqual({ orphans: [], kept: [] });
  });

  it('is left alone, and told: what a person has restored of a snapshot of a scratch database, or renamed', async () => {
    const tags = { ...drilled(closed), ...restoredAs('drill-panda') };
    const { orphans, kept } = await find('scratch-account', { 'panda-of-today': tags });
    expect(orphans).toMatchObject([{ thing: { type: 'cluster-parameter-group' } }]);
    expect(kept).toMatchObject([{ why: expect.stringContaining('another name') as string }]);
  });

  it('is left alone, and told: what a person has protected from deletion', async () => {
    const { orphans, kept } = await find('scratch-account', { precious: drilled(closed) }, true);
    expect(orphans).toMatchObject([{ thing: { type: 'cluster-parameter-group' } }]);
    expect(kept).toMatchObject([{ why: 'it is protected from deletion' }]);
  });

  it('what a Temporal without memory knows nothing of goes after an hour', async () => {
    expect(names(await find('scratch-account', { old: drilled(forgotten, ago(61)) }))).toContain('old');
  });
});

describe('among the copies', () => {
  const ours = { [copyTags.fleet]: 'panda', [copyTags.retention]: 'temporary', [copyTags.hold]: 'none' };
  const of = (runId: string) => ownershipTags(runId, runId);

  it('are found those on the way of restores that have ended', async () => {
    const { orphans, kept } = await find('copies', {
      'farcopy-ended': { ...ours, ...of(closed) },
      'farcopy-used': { ...ours, ...of(open) },
    });
    expect(orphans.map(leftoverText)).toEqual(['temporary copy farcopy-ended (333333333333/eu-west-1)']);
    expect(kept).toMatchObject([{ why: 'its workflow is under way' }]);
  });

  it.each<[string, Tags]>([
    ['a copy that stays', { ...ours, ...of(closed), [copyTags.retention]: 'standard' }],
    ['a held one', { ...ours, ...of(closed), [copyTags.hold]: 'legal' }],
    ['an intermediate that names no recovery point', ours],
    ["a recovery point's intermediate while that is being made", { ...ours, [copyTags.recoveryPoint]: open }],
    [
      "a recovery point's lasting copy",
      { ...ours, [copyTags.recoveryPoint]: closed, [copyTags.retention]: 'standard' },
    ],
    [
      "a recovery point's intermediate that is held",
      { ...ours, [copyTags.recoveryPoint]: closed, [copyTags.hold]: 'x' },
    ],
    ["another fleet's", { ...ours, ...of(closed), [copyTags.fleet]: 'fox' }],
  ])('is not even seen: %s', async (_, tags) => {
    expect(await find('copies', { 'farcopy-it': tags })).toEqual({ orphans: [], kept: [] });
  });

  it("is not even seen: a person's snapshot of a database that took over the tags of a temporary one", async () => {
    expect(await find('copies', { 'before-the-migration': { ...ours, ...of(closed) } })).toEqual({
      orphans: [],
      kept: [],
    });
  });

  it('are looked for of every other kind where one may not be listed, which is told', async () => {
    const things = { 'farcopy-ended': { ...ours, ...of(closed) } };
    const { orphans, kept } = await find('copies', things, false, 'aurora-postgresql');
    expect(orphans).toHaveLength(1);
    expect(kept).toEqual([
      {
        what: 'whatever there is of aurora-cluster (333333333333/eu-west-1)',
        why: expect.stringContaining('it may not be listed') as string,
      },
    ]);
  });
});

const day = 24 * 60;
const atSource: Scope = { account: '999999999999', region: 'eu-west-1', access: 'source' };
const inVault: Scope = { account: '111111111111', region: 'eu-west-1', access: 'lender' };
const inSecondRegion: Scope = { ...inVault, region: 'eu-central-1' };
const lasting = {
  [copyTags.fleet]: 'panda',
  [copyTags.retention]: 'standard',
  [copyTags.verified]: 'exists 2026-11-20T02:10:00Z',
};

interface SeenCopy {
  readonly marker: string;
  readonly scope: Scope;
  readonly tags: Tags;
  /** How long ago it was made, in minutes. */
  readonly minutes: number;
  readonly underWay?: boolean;
}

/** The activities of a sweep of what lies in a cloud, and where they run. */
function sweeping(cloud: FakeCloud, temporal: object = client) {
  const activities = sweepActivities({
    fleet: fleetOf(),
    kinds: cloud.kinds(),
    scopes: async () => [],
    readSecret: async () => Promise.reject(new Error('no secret is needed')),
    ...{ servers: new Set(), ownPassword: undefined },
  });
  const logger = new DefaultLogger('ERROR', () => undefined);
  const environment = new MockActivityEnvironment(
    { currentAttemptScheduledTimestampMs: now },
    { logger, client: temporal as unknown as Client },
  );
  return { activities, environment };
}

/** Looks into a place while there are these copies, and removes what it finds; `meanwhile` befalls between the two. */
async function sweepCopies(
  place: Scope,
  seen: readonly SeenCopy[],
  meanwhile: (tag: (marker: string, tags: Tags) => Promise<void>) => Promise<void> = async () => Promise.resolve(),
) {
  let [clock, duration] = [now, 0];
  const cloud = new FakeCloud({ now: () => clock, duration: () => duration });
  const kind = cloud.kinds().copiesOf('aurora-cluster');
  const made = new Map<string, SeenCopy & { readonly copy: Awaited<ReturnType<typeof kind.snapshot>> }>();
  for (const one of seen) {
    clock = now - one.minutes * 60_000;
    duration = one.underWay ? Infinity : 0;
    const { account, region } = one.scope;
    const resource = cloud.addResource({ kind: 'aurora-cluster', account, region, id: `of-${one.marker}` });
    const copy = await kind.snapshot({ resource, marker: one.marker, tags: { [copyTags.hold]: 'none', ...one.tags } });
    made.set(one.marker, { ...one, copy });
  }
  clock = now;
  const { activities, environment } = sweeping(cloud);
  const found: Found = await environment.run<[SweepPlace], Found, typeof activities.findLeftovers>(
    activities.findLeftovers,
    {
      type: 'copies',
      scope: place,
    },
  );
  await meanwhile(async (marker, tags) => {
    const one = made.get(marker);
    if (one !== undefined) await kind.tag(one.copy, one.scope, tags);
  });
  for (const orphan of found.orphans) await environment.run(activities.removeLeftover, orphan);
  return {
    orphans: found.orphans.map(leftoverText),
    why: found.kept.map(({ why }) => why),
    left: cloud.allCopies().map(({ id }) => id),
  };
}

describe('of what recovery points had on their way', () => {
  const point = (runId: string) => ({ [copyTags.recoveryPoint]: runId });
  const intermediate = (runId: string, place = 'source-shareable'): Tags => ({
    ...{ [copyTags.fleet]: 'panda', [copyTags.retention]: 'temporary', [copyTags.place]: place },
    ...point(runId),
  });
  const shareable = (runId: string, minutes = day + 1): SeenCopy => ({
    ...{ marker: 'farcopy-shareable', scope: atSource, minutes, tags: intermediate(runId) },
  });
  const landing = (runId: string): SeenCopy => ({
    ...{ marker: 'farcopy-landing', scope: inVault, minutes: day + 1, tags: intermediate(runId, 'secure-dr-landing') },
  });
  const ofVault = { [copyTags.fleet]: 'panda', [copyTags.retention]: 'standard', [copyTags.place]: 'secure' };
  const stays = (runId: string, scope = atSource, tags: Tags = {}): SeenCopy => ({
    ...{ marker: 'farcopy-stays', scope, minutes: day + 1, tags: { ...lasting, ...point(runId), ...tags } },
  });

  it.each([
    ['has ended', closed],
    ['Temporal has forgotten', forgotten],
  ])('goes, a day after it was made, the intermediate of one that %s', async (_, runId) => {
    expect(await sweepCopies(atSource, [shareable(runId), stays(runId)])).toEqual({
      orphans: ['temporary copy farcopy-shareable (999999999999/eu-west-1)'],
      why: [],
      left: ['farcopy-stays'],
    });
  });

  it.each([
    ['has ended', closed],
    ['Temporal has forgotten', forgotten],
  ])('stays for a day, and is told, the intermediate of one that %s: AWS may still be copying it', async (_, runId) => {
    const { orphans, why } = await sweepCopies(atSource, [shareable(runId, day - 1), stays(runId)]);
    expect({ orphans, why }).toEqual({ orphans: [], why: ['AWS may still be copying it: it is not a day old'] });
  });

  it.each([inVault, inSecondRegion])(
    'stays for as long as AWS makes another copy, in $account/$region',
    async (scope) => {
      const tags = { ...lasting, ...point(closed) };
      const going: SeenCopy = { marker: 'farcopy-going', scope, minutes: 60, tags, underWay: true };
      const { orphans, why } = await sweepCopies(atSource, [shareable(closed), stays(closed), going]);
      expect({ orphans, why }).toEqual({
        orphans: [],
        why: [expect.stringMatching(/^another copy of its recovery point is being made: .*farcopy-going$/)],
      });
    },
  );

  it.each<[string, readonly SeenCopy[]]>([
    ['is none', []],
    ['is one of another time', [stays(forgotten, inVault)]],
    ['is one in the source account only', [stays(closed)]],
    [
      'is one that nobody has proven',
      [{ ...landing(closed), marker: 'farcopy-unproven', tags: { ...ofVault, ...point(closed) } }],
    ],
    [
      'is one that is temporary too',
      [stays(closed, inVault, { [copyTags.retention]: 'temporary', [copyTags.hold]: 'x' })],
    ],
  ])('stays, and is told, what is the last of its time in a vault: beside it there %s', async (_, others) => {
    const { orphans, why, left } = await sweepCopies(inVault, [landing(closed), ...others]);
    expect({ orphans, why }).toEqual({ orphans: [], why: ['the only copy of its time in the vault'] });
    expect(left).toContain('farcopy-landing');
  });

  it.each([inVault, inSecondRegion])(
    'goes what has landed in a vault once a proven copy stays in $region',
    async (scope) => {
      const { orphans, left } = await sweepCopies(inVault, [landing(closed), stays(closed, scope)]);
      expect(orphans).toEqual(['temporary copy farcopy-landing (111111111111/eu-west-1)']);
      expect(left).toEqual(['farcopy-stays']);
    },
  );

  it.each<[string, Tags]>([
    ['the source', { [copyTags.place]: 'source' }],
    ['a vault', { [copyTags.place]: 'secure-dr' }],
    ['no place, and is proven', { [copyTags.place]: '', [copyTags.verified]: 'exists 2026-11-20T02:10:00Z' }],
  ])('stays, and is told, what only its retention calls temporary, and is of %s', async (_, tags) => {
    const one = { ...shareable(closed), tags: { ...intermediate(closed), ...tags } };
    const { orphans, why } = await sweepCopies(atSource, [one, stays(closed)]);
    expect({ orphans, why }).toEqual({ orphans: [], why: [expect.stringContaining('its tags call it temporary')] });
  });

  it('stays what turned out to be of a place that stays since it was found', async () => {
    const { orphans, left } = await sweepCopies(atSource, [shareable(closed), stays(closed)], (tag) =>
      tag('farcopy-shareable', { [copyTags.place]: 'source' }),
    );
    expect(orphans).toHaveLength(1);
    expect(left).toContain('farcopy-shareable');
  });

  it('no more than some hundreds of a place are told and removed at a time, and how many more there are', () => {
    const many = Array.from({ length: 330 }, (_, i) => i);
    const { orphans, kept } = told(
      {
        orphans: many.map((i) => ({ type: 'copy', kind: 'x', id: `${i}`, scope: atSource, ownership: {} }) as const),
        kept: many.map((i) => ({ what: `${i}`, why: 'its workflow is under way' })),
      },
      'here',
    );
    expect(orphans).toHaveLength(300);
    expect(kept.slice(300)).toEqual([
      { what: '30 more left alone in here', why: 'no more than 300 of a place are told' },
      {
        what: '30 more left behind in here',
        why: '300 of a place are removed at a time: the next sweep goes on',
      },
    ]);
  });
});

describe('of what vaults were let read at the source', () => {
  const source: Scope = { account: '999999999999', region: 'eu-west-1', access: 'source' };
  const vault = '111111111111';

  /** A copy of a recovery point that is shared with the account, as old as given. */
  async function sweepShared(
    recoveryPoint: string,
    account: string,
    {
      minutes = day + 1,
      begunAgain = false,
      fleet = 'panda',
      hold = 'none',
      heldMeanwhile = false,
      copying = false,
    } = {},
  ) {
    let duration = 0;
    const cloud = new FakeCloud({ now: () => now - minutes * 60_000, duration: () => duration });
    const kind = cloud.kinds().copiesOf('aurora-cluster');
    const resource = cloud.addResource({ kind: 'aurora-cluster', ...source, id: 'shop' });
    const tags = {
      ...{ [copyTags.fleet]: fleet, [copyTags.recoveryPoint]: recoveryPoint, [copyTags.retention]: 'standard' },
      [copyTags.hold]: hold,
    };
    const copy = await kind.snapshot({ resource, marker: 'farcopy-shop', tags });
    await kind.sharing?.share(copy, source, account);
    if (copying) {
      duration = Infinity;
      const target: Scope = { account: vault, region: 'eu-west-1', access: 'vault' };
      await kind.copy({ source: copy, target, marker: 'farcopy-going', key: 'alias/farcopy', tags });
    }
    const { activities, environment } = sweeping(cloud);
    const place: SweepPlace = { type: 'copies', scope: source };
    const { orphans, kept }: Found = await environment.run(activities.findLeftovers, place);
    if (begunAgain) await kind.tag(copy, source, { [copyTags.recoveryPoint]: open });
    if (heldMeanwhile) await kind.tag(copy, source, { [copyTags.hold]: 'audit' });
    for (const orphan of orphans) await environment.run(activities.removeLeftover, orphan);
    return {
      orphans: orphans.map(leftoverText),
      why: kept.map(({ why }) => why),
      stillShared: cloud.sharedWith(copy).length > 0,
      asked: cloud.calls.get('sharedWith') ?? 0,
    };
  }
  const share = `share of copy farcopy-shop (999999999999/eu-west-1) with ${vault}`;

  it.each([
    ['has ended', closed],
    ['Temporal has forgotten', forgotten],
  ])('goes back what a recovery point was copied by that %s', async (_, recoveryPoint) => {
    expect(await sweepShared(recoveryPoint, vault)).toMatchObject({ orphans: [share], why: [], stillShared: false });
  });

  it.each([
    ['while it is being made', open, vault, {}],
    ['with an account that keeps no copies: a person did that', closed, '444444444444', {}],
    ["of another fleet's", closed, vault, { fleet: 'fox' }],
    ['that is held', closed, vault, { hold: 'audit' }],
  ])('stays, and is not told: a share of a recovery point %s', async (_, recoveryPoint, account, changes) => {
    expect(await sweepShared(recoveryPoint, account, changes)).toMatchObject({
      orphans: [],
      why: [],
      stillShared: true,
    });
  });

  it.each([
    ['has ended', closed],
    ['Temporal has forgotten', forgotten],
  ])('stays for a day, and is told, where the recovery point %s: AWS may still be copying it', async (_, point) => {
    expect(await sweepShared(point, vault, { minutes: day - 1 })).toMatchObject({
      orphans: [],
      why: ['AWS may still be copying it: it is not a day old'],
      stillShared: true,
    });
  });

  it('stays, and is told, for as long as AWS makes a copy through it, however long that takes', async () => {
    expect(await sweepShared(closed, vault, { copying: true })).toMatchObject({
      orphans: [],
      why: [expect.stringContaining('another copy of its recovery point is being made')],
      stillShared: true,
    });
  });

  it('is not asked for of what is older than a week: there are thousands of those', async () => {
    expect(await sweepShared(closed, vault, { minutes: 7 * day - 1 })).toMatchObject({ orphans: [share], asked: 1 });
    expect(await sweepShared(closed, vault, { minutes: 7 * day + 1 })).toMatchObject({ orphans: [], asked: 0 });
  });

  it.each([
    ['the recovery point has begun again', { begunAgain: true }],
    ['someone has held the copy', { heldMeanwhile: true }],
  ])('stays where %s since it was found', async (_, changes) => {
    expect(await sweepShared(closed, vault, changes)).toMatchObject({ orphans: [share], why: [], stillShared: true });
  });
});

describe('of what restores were lent', () => {
  const lent: Scope = { account: '111111111111', region: 'eu-west-1', access: 'lender' };

  interface Circumstances {
    /** Another restore is under way, if any, and answers with its plan, or not. */
    readonly running: 'none' | 'silent' | 'elsewhere' | 'reading';
    /** What lies on the way of the restore that was cancelled. */
    readonly copies?: Readonly<Record<string, Tags>>;
  }

  /** A cancelled restore has left behind what it was lent and has copied. */
  async function sweepLent({ running, copies = {} }: Circumstances) {
    const cloud = new FakeCloud({ now: () => now - 180 * 60_000 });
    const kind = cloud.kinds().copiesOf('aurora-cluster');
    const resource = cloud.addResource({ kind: 'aurora-cluster', ...lent, id: 'shop' });
    const source = await kind.snapshot({ resource, marker: 'farcopy-shop', tags: {} });
    await kind.sharing?.share(source, lent, scope.account);
    for (const [marker, tags] of Object.entries(copies)) await kind.snapshot({ resource, marker, tags });
    const atOnce = { seconds: 0, secondsPerGiB: 0 };
    const temporary = { scope: lent, expects: atOnce, temporary: true };
    const share = step({
      ...{ ...temporary, id: 'share', type: 'share', marker: source.id },
      input: { shareWith: scope.account },
    });
    const onTheWay = Object.keys(copies).map((marker) =>
      step({ ...temporary, id: `copy:${marker}`, type: 'copy', marker }),
    );
    const plan = { source, resource, steps: [...onTheWay, share] };
    const answers: Readonly<Record<string, () => Promise<unknown>>> = {
      ended: async () => ({ plan }),
      silent: async () => Promise.reject(new Error('deadline exceeded')),
      elsewhere: async () => ({ plan: { ...plan, steps: [] } }),
      reading: async () => ({ plan }),
    };
    const typedSearchAttributes = new TypedSearchAttributes([{ key: searchAttributes.fleet, value: 'panda' }]);
    const temporal = {
      ...client,
      withDeadline: (_deadline: number, work: () => Promise<unknown>) => work(),
      workflow: {
        list: async function* ({ query }: { query: string }) {
          if (query.includes(`ExecutionStatus != 'Running'`))
            yield { workflowId: 'ended', runId: closed, typedSearchAttributes };
          else if (query.includes('restoreRecoveryPoint') && running !== 'none')
            yield { workflowId: running, runId: open, typedSearchAttributes };
        },
        getHandle: (workflowId: string, runId?: string) => ({
          ...client.workflow.getHandle(workflowId, runId),
          query: () => answers[workflowId]?.(),
        }),
      },
    };
    const { activities, environment } = sweeping(cloud, temporal);
    const place: SweepPlace = { type: 'restores' };
    const { orphans, kept }: Found = await environment.run(activities.findLeftovers, place);
    const { kind: of, account, region, id, arn } = source;
    const copy = { kind: of, account, region, id, arn };
    const leftover: Leftover = { type: 'share', copy, scope: lent, account: scope.account };
    const failed = await environment
      .run(activities.removeLeftover, leftover)
      .catch(({ type }: { type: string }) => type);
    return {
      orphans: orphans.map(({ type }) => type),
      why: kept.map(({ why }) => why),
      failed,
      stillShared: cloud.sharedWith(source).length > 0,
    };
  }

  it.each(['none', 'elsewhere'] as const)('goes back what no other restore reads (under way: %s)', async (running) => {
    expect(await sweepLent({ running })).toEqual({
      orphans: ['share'],
      why: [],
      failed: undefined,
      stillShared: false,
    });
  });

  it('stays what another restore reads', async () => {
    expect(await sweepLent({ running: 'reading' })).toEqual({
      orphans: [],
      why: ['another restore reads it'],
      failed: undefined,
      stillShared: true,
    });
  });

  it('stays whatever a restore may be reading that gives no answer', async () => {
    expect(await sweepLent({ running: 'silent' })).toEqual({
      orphans: [],
      why: ['it gave no answer', 'a restore that gives no answer may be reading it: silent'],
      failed: failureTypes.notReady,
      stillShared: true,
    });
  });

  it('is found what it had copied on its way, by its marker, wherever that was; what others have made stays', async () => {
    const ours = { [copyTags.fleet]: 'panda', [copyTags.retention]: 'temporary', [copyTags.hold]: 'none' };
    const copies = {
      'farcopy-on-the-way': { ...ours, ...ownershipTags(closed, closed) },
      'farcopy-of-others': { [copyTags.fleet]: 'fox' },
    };
    expect((await sweepLent({ running: 'none', copies })).orphans.sort()).toEqual(['copy', 'share']);
  });
});

it.each([
  ['any place', '', ['copies source 999999999999/us-east-1']],
  ['a vault', 'from: secure-dr, ', []],
])('looks wherever drills restore to from %s, and where copies are made on their way there', (_, from, more) => {
  const drilledFleet = fleetOf(
    '',
    `  standard:
    schedule: "0 2 * * *"
    rpo: 26h
    route: [secure, secure-dr]
    retention: {minimum: 2}
    drills:
      aws: {${from}read: none, to: {account: "333333333333", region: us-east-1}}`,
  );
  const places = sweepPlaces(drilledFleet, [{ account: '999999999999', region: 'eu-west-1' }]);
  const told = places.map((place) =>
    'scope' in place ? `${place.type} ${place.scope.access} ${place.scope.account}/${place.scope.region}` : place.type,
  );
  expect(told.sort()).toEqual(
    [
      'copies lender 111111111111/eu-central-1',
      'copies lender 111111111111/eu-west-1',
      'copies lender 111111111111/us-east-1',
      'copies restore 333333333333/us-east-1',
      'copies source 999999999999/eu-west-1',
      ...more,
      'restores',
      'scratch-account restore 333333333333/us-east-1',
    ].sort(),
  );
});
