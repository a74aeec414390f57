import { type ListedCopy } from '../../../../src/core/catalogue/catalogue';
import { type Copy, copyTags, noHold, sourcePlace } from '../../../../src/core/catalogue/copy';
import { type Retention } from '../../../../src/core/backup/policy';
import { recoveryPointId, scheduledTimeLabel } from '../../../../src/core/naming';
import { newHold, withHold, withoutHolds } from '../../../../src/core/retention/hold';
import { formatMark, goodMark } from '../../../../src/core/retention/mark';
import { planPrune, type PruneCircumstances } from '../../../../src/core/retention/planPrune';
import { type PrunePlan } from '../../../../src/core/retention/prunePlan';
import { knownKinds } from '../../../../src/kinds/registry';
import { copyIdentifier } from '../../../../src/kinds/rds/markers';

const now = Date.parse('2026-11-21T12:00:00Z');
const day = 24 * 3600_000;
const arn = 'arn:aws:rds:eu-west-1:999999999999:cluster:panda';
const resource = { kind: 'aurora-cluster', account: '999999999999', region: 'eu-west-1', id: 'panda', arn };
const path = 'aurora-cluster/999999999999/eu-west-1/panda';

/** Where copies lie: a place's account and region. */
const homes: Readonly<Record<string, readonly [string, string]>> = {
  [sourcePlace]: ['999999999999', 'eu-west-1'],
  secure: ['111111111111', 'eu-west-1'],
  dr: ['111111111111', 'eu-central-1'],
};

type Change = Partial<Omit<ListedCopy, 'copy' | 'stored'>> & { readonly of?: Partial<Copy> };

/** A snapshot whose data is some days old. */
function snapshot(place: string, age: number, { of = {}, ...change }: Change = {}): ListedCopy {
  const scheduledTime = scheduledTimeLabel(now - age * day);
  const [account = '', region = ''] = homes[place] ?? [];
  const id = copyIdentifier('panda', resource, scheduledTime);
  return {
    resource: arn,
    recoveryPoint: recoveryPointId(resource, scheduledTime),
    scheduledTime,
    dataTime: scheduledTime,
    tier: 'critical',
    place,
    temporary: false,
    hold: noHold,
    verified: place === sourcePlace ? null : `exists ${scheduledTime}`,
    incarnation: null,
    doubt: null,
    stored: null,
    ...change,
    copy: {
      kind: 'aurora-cluster',
      account,
      region,
      id,
      arn: `arn:aws:rds:${region}:${account}:cluster-snapshot:${id}`,
      status: 'available',
      rawStatus: 'available',
      percent: 100,
      sizeGiB: 1,
      keyArn: null,
      createdAt: scheduledTime,
      sourceArn: null,
      resourceId: null,
      manual: true,
      tags: { [copyTags.verified]: `exists ${scheduledTime}` },
      ...of,
    },
  };
}

/** What lies in a bucket of a recovery point. */
function record(place: string, age: number, proof: 'proven' | 'unproven', change: Change = {}): ListedCopy {
  const { resource: ofArn, recoveryPoint, scheduledTime, dataTime } = snapshot('secure', age);
  return {
    resource: ofArn,
    recoveryPoint,
    scheduledTime,
    dataTime,
    tier: 'critical',
    place,
    temporary: false,
    hold: noHold,
    verified: `manifest ${scheduledTime}`,
    incarnation: null,
    doubt: null,
    ...change,
    copy: null,
    stored: {
      bucket: 'gs://panda',
      prefix: `data/${recoveryPoint}/`,
      objects: 1,
      bytes: 1,
      manifestSha256: null,
      bundleSha256: null,
      skippedTables: [],
      proof: proof === 'proven' ? { type: 'proven' } : { type: 'unproven', why: 'nobody says so' },
      holds: [],
    },
  };
}

const ages = (...all: readonly number[]) => all;
const everywhere = (age: number, change?: Change) =>
  [sourcePlace, 'secure', 'dr'].map((place) => snapshot(place, age, change));

function plan(
  copies: readonly ListedCopy[],
  change: Partial<PruneCircumstances> = {},
  retention?: Retention,
): PrunePlan {
  return planPrune({
    fleet: 'panda',
    now,
    copies,
    present: new Map([[path, { tier: 'critical', unclear: null, incarnation: undefined }]]),
    looked: new Set(['aurora-cluster/999999999999/eu-west-1']),
    unread: [],
    tiers: new Map([
      [
        'critical',
        {
          retention: retention ?? { daily: 2, minimum: 1 },
          retentionIn: {},
          formerly: [],
          offset: () => 0,
          route: ['secure', 'dr'],
        },
      ],
    ]),
    retired: null,
    exportsFor: new Map([['other-cloud-export', 'other-cloud']]),
    kinds: knownKinds,
    ...change,
  });
}

const going = ({ doomed }: PrunePlan) =>
  doomed.map(({ copy }) => `${copy.place} ${String(Math.round((now - Date.parse(copy.dataTime ?? '')) / day))}`).sort();
const whyKept = ({ kept }: PrunePlan, place: string, age: number) =>
  kept.find(({ copy }) => copy.place === place && Math.round((now - Date.parse(copy.dataTime ?? '')) / day) === age)
    ?.reasons;

describe('a plan', () => {
  it('judges each place by itself, and tells what goes, why, and when at the earliest', () => {
    const found = plan(ages(0, 1, 2, 3).flatMap((age) => everywhere(age)));
    expect(going(found)).toEqual(['dr 2', 'dr 3', 'secure 2', 'secure 3', 'source 2', 'source 3']);
    expect(found.doomed[0]).toMatchObject({
      rule: 'daily: older than the newest 2 days that have a copy',
      notBefore: '2026-11-24T12:00:00.000Z',
    });
    expect(found.refused).toEqual([]);
  });

  it('goes by other rules where a place has its own', () => {
    const rules = {
      retention: { daily: 2, minimum: 1 },
      retentionIn: { dr: { keepDays: 30, minimum: 1 } },
      formerly: [],
      offset: () => 0,
      route: ['secure', 'dr'],
    };
    const copies = ages(0, 1, 2).flatMap((age) => everywhere(age));
    expect(going(plan(copies, { tiers: new Map([['critical', rules]]) }))).toEqual(['secure 2', 'source 2']);
  });

  it('goes by the tier that has the resource now, not by the one of its tags', () => {
    const gentle = {
      retention: { daily: 9, minimum: 1 },
      retentionIn: {},
      formerly: [],
      offset: () => 0,
      route: ['secure', 'dr'],
    };
    const present = new Map([[path, { tier: 'gentle', unclear: null, incarnation: undefined }]]);
    const copies = ages(0, 1, 2, 3).flatMap((age) => everywhere(age));
    expect(plan(copies, { present, tiers: new Map([['gentle', gentle]]) }).doomed).toEqual([]);
  });

  it('lets nothing go of what is held, whatever the rules say', () => {
    // On one copy: whoever sets it wants the data, wherever it lies.
    const copies = ages(0, 1, 2, 3).flatMap((age) =>
      everywhere(age).map((one) => (age === 3 && one.place === 'secure' ? { ...one, hold: 'incident-7' } : one)),
    );
    const found = plan(copies);
    expect(going(found)).toEqual(['dr 2', 'secure 2', 'source 2']);
    expect(whyKept(found, 'dr', 3)).toEqual(['hold: incident-7']);
  });

  it('keeps copies that are made of a recovery point after somebody has held it', () => {
    const hold = withHold('none', newHold('anna@laptop', now, 'breach-7', 'ticket 4711')) ?? '';
    const held = [
      { ...snapshot(sourcePlace, 3), hold },
      { ...snapshot('secure', 3), hold },
    ];
    const later = snapshot('dr', 3);
    expect(later.hold).toBe(noHold);
    const found = plan([...ages(0, 1, 2).flatMap((age) => everywhere(age)), ...held, later]);
    expect(going(found)).toEqual(['dr 2', 'secure 2', 'source 2']);
    expect(whyKept(found, 'dr', 3)).toEqual([
      'hold: anna@laptop for incident breach-7 since 2026-11-21T12:00:00Z: ticket 4711',
    ]);
  });

  it('tells every hold of a copy that several hold, and lets it go once none is left', () => {
    const one = withHold('none', newHold('anna@laptop', now, 'breach-7', 'ticket')) ?? '';
    const two = withHold(one, newHold('bob@desk', now, null, 'audit')) ?? '';
    const withTag = (hold: string) =>
      plan(ages(0, 1, 2, 3).flatMap((age) => everywhere(age).map((copy) => (age === 3 ? { ...copy, hold } : copy))));
    expect(whyKept(withTag(two), 'dr', 3)).toEqual([
      'hold: anna@laptop for incident breach-7 since 2026-11-21T12:00:00Z: ticket',
      'hold: bob@desk since 2026-11-21T12:00:00Z: audit',
    ]);
    expect(whyKept(withTag(withoutHolds(two, ({ by }) => by === 'bob@desk')), 'dr', 3)).toHaveLength(1);
    expect(going(withTag(withoutHolds(two, () => true)))).toContain('dr 3');
  });

  it('keeps what lies in a bucket while a snapshot of its recovery point is held', () => {
    const route = ['secure', 'dr', 'other-cloud'];
    const tiers = new Map([
      ['critical', { retention: { daily: 2, minimum: 1 }, retentionIn: {}, formerly: [], offset: () => 0, route }],
    ]);
    const copies = ages(0, 1, 2, 3).flatMap((age) => [
      ...everywhere(age).map((one) => (age === 3 && one.place === 'secure' ? { ...one, hold: 'legal' } : one)),
      record('other-cloud', age, 'proven'),
    ]);
    const found = plan(copies, { tiers });
    expect(going(found)).toContain('other-cloud 2');
    expect(going(found)).not.toContain('other-cloud 3');
    expect(whyKept(found, 'other-cloud', 3)).toEqual(['hold: legal']);
  });

  it('keeps the newest recovery point that is whole in every place', () => {
    const copies = [...everywhere(5), ...ages(0, 1, 2).map((age) => snapshot('secure', age))];
    const found = plan(copies);
    expect(going(found)).toEqual(['secure 2']);
    expect(whyKept(found, 'secure', 5)).toContain('the newest recovery point that is whole in every place');
  });

  it('keeps the last copy that was made in its place: the next one builds on it', () => {
    // Made anew later, of an older time.
    const copies = [
      ...ages(0, 1, 2).flatMap((age) => everywhere(age)),
      snapshot('dr', 4, { of: { createdAt: '2026-11-21T12:00:00.500Z' } }),
    ];
    expect(whyKept(plan(copies), 'dr', 4)).toEqual(['the last one made in its place: the next copy may build on it']);
  });

  it.each([
    ['is being made', { of: { status: 'in-progress' as const, rawStatus: 'creating' } }],
    ['nobody has proven', { verified: null }],
  ])('keeps what another copy may be read from, while that %s', (_, change: Change) => {
    const copies = [...ages(0, 1).flatMap((age) => everywhere(age)), snapshot(sourcePlace, 3), snapshot('secure', 3)];
    expect(going(plan(copies))).toEqual(['secure 3', 'source 3']);
    expect(going(plan([...copies, snapshot('dr', 3, change)]))).toEqual([]);
  });

  it('neither counts nor deletes the copy at the source of what is not proven in every vault that would keep it', () => {
    const ofDr = (age: number) => ages(0, 2).includes(age);
    const copies = ages(0, 1, 2, 3).flatMap((age) =>
      everywhere(age).filter(({ place }) => place !== 'dr' || ofDr(age)),
    );
    const found = plan(copies);
    // The vault would keep a copy of yesterday, and let go of one of three days ago.
    expect(found.refused).toMatchObject([
      { copy: { place: sourcePlace }, why: 'its recovery point is not proven in dr' },
    ]);
    expect(going(found)).toEqual(['secure 2', 'secure 3', 'source 3']);
  });

  it('neither counts nor deletes a copy at the source whose tag of verification somebody has removed', () => {
    const copies = ages(0, 1, 2).flatMap((age) =>
      everywhere(age).map((one) =>
        one.place === sourcePlace && age === 2 ? snapshot(sourcePlace, age, { of: { tags: {} } }) : one,
      ),
    );
    const found = plan(copies);
    expect(found.refused).toMatchObject([{ copy: { place: sourcePlace }, why: 'nobody has verified it' }]);
    expect(going(found)).not.toContain('source 2');
  });
});

describe('whose rules count', () => {
  const copies = ages(0, 1, 2, 3).flatMap((age) => everywhere(age));
  const presentIn = (change: object) =>
    plan(copies, {
      present: new Map([[path, { tier: 'critical', unclear: null, incarnation: undefined, ...change }]]),
    });

  it('none, where a default stands in for a tier that is not known', () => {
    const found = presentIn({ unclear: 'its tag names no tier' });
    expect(found.doomed).toEqual([]);
    expect(whyKept(found, 'dr', 3)).toEqual(['its tag names no tier']);
  });

  it('is told where copies go by another tier than they were made in: whoever owns the source can write its tags', () => {
    const before = copies.map((one) => ({ ...one, tier: 'gold' }));
    expect(plan(before).brakes).toContain(
      `copies of ${path} in dr (111111111111/eu-central-1) were made in tier gold, and would go by tier critical`,
    );
    expect(plan(copies).brakes.join()).not.toContain('were made in tier');
  });

  it('none, in a vault that has left the route, unless `places` names it', () => {
    const rules = {
      retention: { daily: 1, minimum: 1 },
      retentionIn: {},
      formerly: [],
      offset: () => 0,
      route: ['secure'],
    };
    const of = (more: object) => plan(copies, { tiers: new Map([['critical', { ...rules, ...more }]]) });
    expect(going(of({})).filter((one) => one.startsWith('dr'))).toEqual([]);
    expect(whyKept(of({}), 'dr', 3)?.[0]).toMatch(/^no route of its tier leads there any more/);
    const named = of({ retentionIn: { dr: { daily: 3, minimum: 1 } } });
    expect(going(named).filter((one) => one.startsWith('dr'))).toEqual(['dr 3']);
  });

  it('none, where nobody has looked whether the resource is there', () => {
    const retired = { afterSeconds: 0, retention: { daily: 1, minimum: 1 } };
    const found = plan(copies, { present: new Map(), looked: new Set(), retired });
    expect(found.doomed).toEqual([]);
    expect(whyKept(found, 'dr', 3)).toEqual(['nobody has looked whether its resource is still there']);
  });
});

describe('what is no copy of Farcopy’s, or may be none', () => {
  it.each<[string, Change, string]>([
    ['of another name', { of: { id: 'farcopy-panda-forged' } }, 'Farcopy would have called it farcopy-panda-2026'],
    ['that the service made', { of: { manual: false } }, 'its service has made it'],
    [
      'that is not there yet',
      { of: { status: 'other', rawStatus: 'modifying' } },
      'its service says that it is modifying',
    ],
    ['that nobody verified', { verified: null }, 'nobody has verified it'],
    ['that is not believed', { doubt: 'its tags lie' }, 'not believed: its tags lie'],
    ['without a time', { dataTime: 'yesterday' }, 'nothing tells when its data is from'],
    ['of the future', { of: { takenAt: '2026-11-22T00:00:00Z' } }, 'its data is from the future'],
    ['made long after its data', { of: { createdAt: '2026-11-28T12:00:00Z' } }, 'more than a week after its data'],
    ['without a scheduled time', { scheduledTime: '' }, 'its tags contradict each other about its time'],
    ['of another time than its recovery point', { recoveryPoint: `${path}/2026-11-20T12:30:00Z` }, 'about its time'],
    ['of no resource', { recoveryPoint: 'panda', doubt: null }, 'not believed: its tags name no resource'],
  ])('neither counts nor goes: a copy %s', (_, change, why) => {
    // It would be the newest of its day, and push out the one that is there.
    const forged = snapshot('dr', 1 - 1 / 24, { dataTime: scheduledTimeLabel(now - day + 3600_000), ...change });
    const found = plan([...ages(0, 1).flatMap((age) => everywhere(age)), forged]);
    expect(found.refused.map((one) => one.why)).toEqual([expect.stringContaining(why)]);
    expect(found.doomed).toEqual([]);
    expect(found.kept).toHaveLength(6);
  });

  it('displaces none in another region of its vault’s account', () => {
    const copies = ages(0, 1).flatMap((age) => everywhere(age));
    const twin = snapshot('secure', 0, { of: { region: 'eu-central-1', arn: 'arn:aws:a-twin' } });
    const found = plan([...copies, twin], {}, { daily: 1, minimum: 1 });
    expect(whyKept(found, 'secure', 0)).toBeDefined();
    expect(found.kept.map(({ copy }) => copy.id)).toContain(copies[1]?.copy?.arn);
  });

  it('keeps nothing else from going: not even what its tags say that it is read from', () => {
    const copies = ages(0, 1, 2).flatMap((age) => everywhere(age));
    const strange = snapshot('888888888888/eu-west-1', 2, { verified: null, doubt: 'it belongs nowhere' });
    expect(going(plan([...copies, strange]))).toEqual(['dr 2', 'secure 2', 'source 2']);
  });

  it('is told by the service’s own time of the data, where a tag says another', () => {
    const copies = ages(0, 1, 2).flatMap((age) => everywhere(age));
    // Its tag makes it the newest.
    const old = snapshot('dr', 9, { of: { takenAt: '2026-11-12T12:00:00Z' }, dataTime: '2026-11-21T11:00:00Z' });
    expect(going(plan([...copies, old]))).toContain('dr 9');
  });

  it('goes nowhere from a bucket where no vault proves it', () => {
    const route = ['secure', 'dr', 'other-cloud'];
    const rules = { retention: { daily: 1, minimum: 1 }, retentionIn: {}, formerly: [], offset: () => 0, route };
    const tiers = new Map([['critical', rules]]);
    const copies = [
      record('other-cloud', 0, 'proven'),
      record('other-cloud', 1, 'unproven'),
      record('other-cloud', 2, 'proven'),
    ];
    const found = plan(copies, { tiers });
    expect(going(found)).toEqual(['other-cloud 2']);
    expect(found.refused.map(({ why }) => why)).toEqual(['nothing proves it: nobody says so']);
  });
});

describe('resources that are gone', () => {
  const copies = ages(0, 1, 2, 3).flatMap((age) => everywhere(age));
  const retired = { afterSeconds: 7 * 24 * 3600, retention: { daily: 1, minimum: 1 } };

  it('lose nothing as long as the fleet file does not say what may go', () => {
    const found = plan(copies, { present: new Map() });
    expect(found.doomed).toEqual([]);
    expect(whyKept(found, 'dr', 3)).toEqual(['retired: it is there no more, and the fleet file has no `retired`']);
    const outOfTiers = plan(copies, {
      present: new Map([[path, { tier: null, unclear: null, incarnation: undefined }]]),
    });
    expect(outOfTiers.doomed).toEqual([]);
  });

  it('lose what `retired` says, once their newest copy is old enough', () => {
    expect(plan(copies, { present: new Map(), retired }).doomed).toEqual([]);
    const old = ages(8, 9, 10).flatMap((age) => everywhere(age));
    expect(going(plan(old, { present: new Map(), retired }))).toEqual([
      'dr 10',
      'dr 9',
      'secure 10',
      'secure 9',
      'source 10',
      'source 9',
    ]);
  });

  it('are not pushed out by another one that bears their name', () => {
    const before = ages(4, 5, 6).flatMap((age) => everywhere(age, { incarnation: 'cluster-OLD' }));
    const since = ages(0, 1, 2, 3).flatMap((age) => everywhere(age, { incarnation: 'cluster-NEW' }));
    const present = new Map([[path, { tier: 'critical', unclear: null, incarnation: 'cluster-NEW' }]]);
    const found = plan([...before, ...since], { present });
    expect(going(found)).toEqual(['dr 2', 'dr 3', 'secure 2', 'secure 3', 'source 2', 'source 3']);
    expect(whyKept(found, 'dr', 6)?.[0]).toMatch(/^retired: it is of another one of that name/);
  });
});

it('a record in a bucket is of the thing that its copies in vaults are of, whatever it says itself', () => {
  const rules = {
    retention: { daily: 9, minimum: 1 },
    retentionIn: {},
    formerly: [],
    offset: () => 0,
    route: ['secure', 'bucket'],
  };
  const copies = ages(8, 9).flatMap((age) => [
    snapshot('secure', age, { incarnation: 'cluster-NEW' }),
    record('bucket', age, 'proven', { incarnation: 'cluster-FORGED' }),
  ]);
  const found = plan(copies, {
    tiers: new Map([['critical', rules]]),
    present: new Map([[path, { tier: 'critical', unclear: null, incarnation: 'cluster-NEW' }]]),
    retired: { afterSeconds: 0, retention: { daily: 1, minimum: 1 } },
  });
  expect(found.doomed).toEqual([]);
});

describe('brakes', () => {
  const copies = ages(0, 1, 2, 3).flatMap((age) => everywhere(age));

  it('keep all of a resource whose places could not all be read', () => {
    for (const account of [null, '999999999999']) {
      const found = plan(copies, { unread: [{ account, what: '111111111111/eu-central-1: no answer' }] });
      expect(found.doomed).toEqual([]);
      expect(found.refused).toHaveLength(6);
      expect(found.refused[0]?.why).toBe('not all could be read: 111111111111/eu-central-1: no answer');
    }
    expect(plan(copies, { unread: [{ account: '888888888888', what: 'no answer' }] }).doomed).toHaveLength(6);
  });

  it('keep what a policy would let go that keeps nothing but the newest copy, but at the source', () => {
    const found = plan(copies, {}, { minimum: 1 });
    expect(going(found)).toEqual(['source 1', 'source 2', 'source 3']);
    expect(found.refused).toHaveLength(6);
    expect(found.refused[0]?.why).toMatch('write `daily: 1` if that is meant');
  });

  it('tell where few copies become very few', () => {
    const ten = Array.from({ length: 10 }, (_, i) => snapshot('secure', i));
    expect(plan(ten, {}, { daily: 5, minimum: 1 }).brakes).toEqual([]);
    expect(plan(ten, {}, { daily: 4, minimum: 1 }).brakes.join()).toMatch('6 of the 10 copies');
  });

  it('tell where more than a fifth would go', () => {
    const twelve = Array.from({ length: 12 }, (_, i) => snapshot('secure', i));
    expect(plan(twelve, {}, { daily: 10, minimum: 1 }).brakes).toEqual([]);
    // Of two days, two copies came in: they push out as many, and one more.
    expect(plan(twelve, {}, { daily: 9, minimum: 1 }).brakes).toEqual([]);
    expect(plan(twelve, {}, { daily: 8, minimum: 1 }).brakes).toEqual([
      `4 of the 12 copies of ${path} in secure (111111111111/eu-west-1) would go`,
    ]);
  });
});

describe('exports on their way', () => {
  const exported = record('other-cloud-export', 0, 'unproven');

  it('stay until their copy in the vault is proven, and go then', () => {
    expect(plan([exported]).doomed).toEqual([]);
    expect(plan([exported, record('other-cloud', 0, 'unproven')]).doomed).toEqual([]);
    expect(plan([exported, record('other-cloud', 0, 'proven')]).doomed).toMatchObject([
      { copy: { place: 'other-cloud-export' }, rule: 'export: its copy in other-cloud is proven' },
    ]);
  });

  it('stay while another vault is filled from them', () => {
    const shared = {
      exportsFor: new Map([
        ['a-export', 'a'],
        ['b-export', 'b'],
      ]),
    };
    const both = [record('a-export', 0, 'unproven'), record('b-export', 0, 'unproven'), record('a', 0, 'proven')];
    expect(plan(both, shared).doomed).toEqual([]);
    expect(plan([...both, record('b', 0, 'proven')], shared).doomed).toMatchObject([
      { copy: { place: 'a-export' }, rule: 'export: its copy in a and in b is proven' },
      { copy: { place: 'b-export' } },
    ]);
  });

  it('stay while someone holds them', () => {
    const held = record('other-cloud-export', 0, 'unproven', { hold: 'incident-7' });
    expect(plan([held, record('other-cloud', 0, 'proven')]).doomed).toEqual([]);
  });
});

describe('brakes of a fleet in use', () => {
  /** A database that is copied every few hours and pruned every day: what is marked goes three days later. */
  function prunedDaily(
    retention: Retention,
    hours: number,
    days: number,
    { every = 1, paused = [0, 0], lag = 0 }: { every?: number; paused?: readonly [number, number]; lag?: number } = {},
  ) {
    let copies: ListedCopy[] = [];
    const seen: string[] = [];
    let most = 0;
    for (let age = days * 24; age >= 0; age -= hours) {
      const madeAt = new Date(now - age * 3600_000 + lag * 3600_000).toISOString();
      copies.push(...everywhere(age / 24, { of: { createdAt: madeAt } }));
      const today_ = days - age / 24;
      if (age % 24 !== 0 || today_ % every !== 0 || (today_ >= paused[0] && today_ < paused[1])) continue;
      const today = now - (age / 24) * day;
      const found = plan(copies, { now: today }, retention);
      seen.push(...found.brakes.map((brake) => `${String(days - age / 24)}: ${brake}`));
      const doomed = new Map(found.doomed.map((one) => [one.copy.id, one]));
      copies = copies.flatMap((one): ListedCopy[] => {
        const going = doomed.get(one.copy?.arn ?? '');
        const mark = goodMark(going?.copy.mark, going?.policy ?? '', today);
        if (going === undefined || one.copy === null) return [one];
        if (mark !== null) return today >= Date.parse(mark.notBefore) ? [] : [one];
        const { notBefore, policy } = going;
        const tags = { [copyTags.deleteAfter]: formatMark({ notBefore, policy, approvedBy: null }) };
        return [{ ...one, copy: { ...one.copy, tags } }];
      });
      most = Math.max(most, copies.filter(({ place }) => place === 'dr').length);
    }
    return { seen, most };
  }

  it.each<[Retention, number, number]>([
    [{ daily: 14, minimum: 2 }, 24, 18],
    [{ daily: 7, minimum: 1 }, 24, 11],
    [{ daily: 7, weekly: 4, monthly: 12, minimum: 1 }, 24, 19],
    [{ hourly: 24, daily: 14, weekly: 8, monthly: 12, minimum: 2 }, 1, 145],
    [{ daily: 30, minimum: 1 }, 12, 38],
    [{ keepDays: 5, minimum: 1 }, 6, 40],
    [{ minimum: 3 }, 24, 7],
  ])('let a fleet that is pruned every day alone: %j, every %s hours', (retention, hours, most) => {
    const found = prunedDaily(retention, hours, 70);
    expect(found.seen).toEqual([]);
    expect(found.most).toBeLessThanOrEqual(most);
  });

  const big = { hourly: 24, daily: 14, weekly: 8, monthly: 12, minimum: 2 };
  it.each<[string, Retention, number, Parameters<typeof prunedDaily>[3]]>([
    ['is pruned once a week', big, 1, { every: 7 }],
    ['is not pruned for ten days', big, 1, { paused: [20, 30] }],
    ['is not pruned for a fortnight', { daily: 14, minimum: 1 }, 24, { paused: [30, 44] }],
  ])('let a fleet alone that %s, once a person has let go what was there', (_, retention, hours, how) => {
    const { seen } = prunedDaily(retention, hours, 70, how);
    // Before there is any mark nobody knows when retention has looked last.
    expect(seen.filter((brake) => Number(brake.split(':')[0]) > 14)).toEqual([]);
  });

  it('hold where a policy is cut short, in a fleet that has been pruned every day as well', () => {
    const copies = Array.from({ length: 30 }, (_, age) => everywhere(age)).flat();
    expect(plan(copies, {}, { daily: 30, minimum: 1 }).brakes).toEqual([]);
    const { doomed, brakes } = plan(copies, {}, { daily: 7, minimum: 1 });
    expect(brakes).toContain(`23 of the 30 copies of ${path} in dr (111111111111/eu-central-1) would go`);
    expect(doomed.every(({ brake }) => brake !== null)).toBe(true);
    // A slip that takes six of thirty is within what comes and goes.
    expect(plan(copies, {}, { daily: 24, minimum: 1 }).brakes).toEqual([]);
    expect(plan(copies, {}, { daily: 23, minimum: 1 }).brakes).not.toEqual([]);
  });

  it('let alone what was on its way when retention looked last, and was proven afterwards', () => {
    const hoursAgo = (hours: number) => new Date(now - hours * 3600_000).toISOString();
    const notBefore = hoursAgo(17 - 72);
    const mark = { [copyTags.deleteAfter]: formatMark({ notBefore, policy: 'x', approvedBy: null }) };
    const copies = (provenAgo: number) => [
      ...everywhere(2, { of: { tags: { ...mark, [copyTags.verified]: 'exists' } } }),
      // Every other hour: the last run, 17 hours ago, came while two of them were on their way.
      ...Array.from({ length: 13 }, (_, i) => {
        const verified = `exists ${hoursAgo(Math.min(i * 2, i === 9 || i === 10 ? provenAgo : Infinity))}`;
        return everywhere(i / 12).map((copy) => (copy.place === sourcePlace ? copy : { ...copy, verified }));
      }).flat(),
    ];
    const retention = { minimum: 2 };
    expect(plan(copies(16), {}, retention).brakes).toEqual([]);
    expect(plan(copies(17.5), {}, retention).brakes.join()).toContain('11 of the 13 copies');
  });

  it('do not believe a proof of long after a copy was made, which whoever writes tags can make up', () => {
    const late = (days: number) => new Date(now - days * 24 * 3600_000).toISOString();
    const copies = (isForged: boolean) =>
      Array.from({ length: 20 }, (_, age) =>
        everywhere(age).map((copy) =>
          copy.place === sourcePlace || !isForged
            ? copy
            : { ...copy, verified: `exists ${late(Math.max(0, age - 6.9))}` },
        ),
      ).flat();
    const brakes = (isForged: boolean) => plan(copies(isForged), {}, { daily: 12, minimum: 1 }).brakes.join();
    expect(brakes(false)).toContain('8 of the 20 copies');
    expect(brakes(true)).toBe(brakes(false));
  });

  it('count no copies in buckets, which nobody deletes', () => {
    const route = ['secure', 'dr', 'other-cloud'];
    const retentionIn = { 'other-cloud': { daily: 2, minimum: 1 } };
    const rules = { retention: { daily: 30, minimum: 1 }, retentionIn, formerly: [], offset: () => 0, route };
    const copies = Array.from({ length: 20 }, (_, age) => [
      ...everywhere(age),
      record('other-cloud', age, 'proven'),
    ]).flat();
    const found = plan(copies, { tiers: new Map([['critical', rules]]) });
    expect(found.doomed).toHaveLength(18);
    expect(found.brakes).toEqual([]);
  });

  it('let copies of a former tier go that it would let go too, or whose place the tier has taken', () => {
    const before = ages(0, 1, 2, 3)
      .flatMap((age) => everywhere(age))
      .map((one) => ({ ...one, tier: 'gold' }));
    const rulesOf = (retention: Retention, formerly: readonly string[] = []) => ({
      ...{ retention, retentionIn: {}, formerly, offset: () => 0, route: ['secure', 'dr'] },
    });
    const brakesOf = (gold: Retention | null, formerly: readonly string[] = []) =>
      plan(before, {
        tiers: new Map([
          ['critical', rulesOf({ daily: 3, minimum: 1 }, formerly)],
          ...(gold === null ? [] : [['gold', rulesOf(gold)] as const]),
        ]),
      }).brakes.join();
    expect(brakesOf({ daily: 2, minimum: 1 })).toBe('');
    expect(brakesOf({ daily: 4, minimum: 1 })).toContain('were made in tier gold');
    expect(brakesOf(null)).toContain('were made in tier gold');
    expect(brakesOf(null, ['gold'])).toBe('');
  });
});
