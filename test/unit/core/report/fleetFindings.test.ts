import { fleetFindings } from '../../../../src/core/report/fleetFindings';
import { readFileSync } from 'node:fs';
import { findingChecks, type FleetFinding, isAtLeast, severities } from '../../../../src/core/report/finding';
import { reckon } from '../../../../src/core/report/fleetReport';
import { type FleetLook } from '../../../../src/core/report/look';
import { type Posture } from '../../../../src/core/resource';
import {
  fleetLook,
  lookedAt,
  lookedCopy,
  lookedDatabase,
  lookedTemporal,
  troubledLook,
} from '../../../fakes/fleetLook';

const findings = (look: FleetLook): FleetFinding[] => fleetFindings(look, reckon(look));
const idsOf = (look: FleetLook) => findings(look).map(({ id }) => id);
const path = (id: string) => `aurora-cluster/999999999999/eu-west-1/${id}`;

const places = ['secure', 'secure-dr', 'other-cloud'] as const;
const shop = lookedDatabase({ id: 'shop' });
const fresh = places.map((place) => lookedCopy({ of: shop, place, hours: 10 }));
/** A fleet in which all is well but that one lock is shorter than the retention. */
const wellBut = 'lock-short:standard@other-cloud';

test('a fleet whose copies are fresh, proven and whole has no finding about them', () => {
  expect(idsOf(fleetLook([shop], fresh))).toEqual([wellBut]);
});

describe('the RPO, in each place for itself', () => {
  const stale = (place: string, hours: number) =>
    fresh.map((copy) => (copy.place === place ? lookedCopy({ of: shop, place, hours }) : copy));

  test('is missed where the newest verified copy is older', () => {
    const [first] = findings(fleetLook([shop], stale('secure-dr', 30)));
    expect(first).toMatchObject({
      id: `rpo-missed:${path('shop')}@secure-dr`,
      severity: 'critical',
      message: 'its newest verified copy, of 2026-11-20T06:00:00Z, is 1d6h old: 4h more than the RPO of 1d2h',
      mend: '`farcopy explain shop` tells why; `farcopy backup shop` makes one now',
      more: 'docs/runbook.md#a-database-missed-its-rpo',
    });
  });

  test('is met to the second', () => {
    expect(idsOf(fleetLook([shop], stale('secure-dr', 26)))).toEqual([wellBut]);
    expect(idsOf(fleetLook([shop], stale('secure-dr', 26 + 1 / 3600)))).toContain(
      `rpo-missed:${path('shop')}@secure-dr`,
    );
  });

  test.each([
    ['that nobody has verified', { verified: false }],
    ['whose tags are not believed', { doubt: 'its tags say that it lies in another place' }],
    ['that is from the future', { hours: -2 }],
  ])('counts no copy %s', (_, given) => {
    const others = fresh.filter(({ place }) => place !== 'secure');
    const look = fleetLook([shop], [...others, lookedCopy({ of: shop, place: 'secure', hours: 1, ...given })]);
    expect(idsOf(look)).toContain(`never-copied:${path('shop')}@secure`);
  });

  test('counts no copy at the source, whose owner can write every tag', () => {
    const copies = [...stale('secure', 48), lookedCopy({ of: shop, place: 'source', hours: 1 })];
    expect(idsOf(fleetLook([shop], copies))).toContain(`rpo-missed:${path('shop')}@secure`);
  });

  test('counts no record that the vaults do not prove, or that left tables out', () => {
    const record = lookedCopy({ of: shop, place: 'other-cloud', hours: 1 });
    if (record.stored === null) throw new Error('a record is stored');
    const others = fresh.filter(({ place }) => place !== 'other-cloud');
    const unproven = { ...record, stored: { ...record.stored, proof: { type: 'unproven', why: 'nobody' } as const } };
    const partial = { ...record, stored: { ...record.stored, skippedTables: [{ table: 'a', reason: null }] } };
    for (const copy of [unproven, partial])
      expect(idsOf(fleetLook([shop], [...others, copy]))).toContain(`never-copied:${path('shop')}@other-cloud`);
  });

  test('is held by a resource at rest, for as long as its last copy was current then', () => {
    const restsSince = (restartsAt: string) => lookedDatabase({ id: 'shop', status: 'stopped', facts: { restartsAt } });
    const old = places.map((place) => lookedCopy({ of: shop, place, hours: 80 }));
    // It restarts by itself seven days after it was stopped.
    expect(idsOf(fleetLook([restsSince('2026-11-25T06:00:00Z')], old))).toEqual([wellBut]);
    expect(idsOf(fleetLook([restsSince('2026-11-28T06:00:00Z')], old))).toContain(`rpo-missed:${path('shop')}@secure`);
  });

  test('is not known where the place could not be read', () => {
    const unreadable = [
      {
        ...{ kind: null, where: '111111111111/eu-central-1', account: '111111111111', region: 'eu-central-1' },
        ...{ message: 'AccessDenied', unreachable: false },
      },
    ];
    const found = idsOf(
      fleetLook(
        [shop],
        fresh.filter(({ place }) => place !== 'secure-dr'),
        { unreadable, unlisted: unreadable },
      ),
    );
    expect(found).toEqual([
      'not-readable:111111111111/eu-central-1',
      `place-unknown:${path('shop')}@secure-dr`,
      wellBut,
    ]);
  });
});

describe('what could not be read', () => {
  const late = fresh.map((copy) =>
    copy.place === 'other-cloud' ? copy : lookedCopy({ of: shop, place: copy.place, hours: 99 }),
  );
  const denied = { kind: null, account: null, region: null, message: 'denied', unreachable: false };
  const missed = [`rpo-missed:${path('shop')}@secure`, `rpo-missed:${path('shop')}@secure-dr`];
  const quota = { ...denied, where: '111111111111/eu-west-1', account: '111111111111', region: 'eu-west-1' };

  test('and hides no copy leaves a late place late: a quota, or another kind', () => {
    expect(idsOf(fleetLook([shop], late, { unreadable: [quota] }))).toEqual(expect.arrayContaining(missed));
    const unlisted = [{ ...quota, kind: 'rds-instance' }];
    expect(idsOf(fleetLook([shop], late, { unlisted }))).toEqual(expect.arrayContaining(missed));
  });

  test('of one resource in a bucket, as a damaged record, says nothing of others there', () => {
    const other = lookedDatabase({ id: 'other' });
    const unlisted = [{ ...denied, where: 'gs://panda-backups', resource: path('other') }];
    const found = idsOf(fleetLook([shop, other], [], { unlisted }));
    expect(found).toContain(`never-copied:${path('shop')}@other-cloud`);
    expect(found).toContain(`place-unknown:${path('other')}@other-cloud`);
  });

  test('as the account of a resource leaves its late places unknown: it may be there no more', () => {
    const found = idsOf(fleetLook([{ ...shop, listed: false }], late));
    expect(found).toContain(`place-unknown:${path('shop')}@secure`);
    expect(found.some((id) => id.startsWith('rpo-missed'))).toBe(false);
  });
});

describe('what a copy says of itself', () => {
  const others = fresh.filter(({ place }) => place !== 'other-cloud');
  const old = lookedCopy({ of: shop, place: 'other-cloud', hours: 99 });

  test('of its time counts only where its recovery point says the same: no proof covers the tag', () => {
    const forged = { ...old, scheduledTime: '2026-11-21T11:00:00Z' };
    expect(idsOf(fleetLook([shop], [...others, forged]))).toContain(`never-copied:${path('shop')}@other-cloud`);
    const none = { ...lookedCopy({ of: shop, place: 'source', hours: 1 }), scheduledTime: 'x' };
    const look = fleetLook([shop], [...fresh, none, { ...none, recoveryPoint: `${path('shop')}/x` }]);
    expect(reckon(look).seen.get(path('shop'))?.points.size).toBe(1);
  });

  test('counts no record without its bundle, as the lifecycle does not', () => {
    const record = lookedCopy({ of: shop, place: 'other-cloud', hours: 1 });
    if (record.stored === null) throw new Error('a record is stored');
    const bare = { ...record, stored: { ...record.stored, bundleSha256: null } };
    expect(idsOf(fleetLook([shop], [...others, bare]))).toContain(`never-copied:${path('shop')}@other-cloud`);
  });
});

describe('a resource that is new', () => {
  const at = (hours: number) => new Date(lookedAt - hours * 3600_000).toISOString();
  const copyFindings = (look: FleetLook) => findings(look).filter(({ severity }) => severity === 'critical').length;

  test('waits for its first copy until its RPO has passed since it was made', () => {
    const made = (hours: number) => fleetLook([lookedDatabase({ id: 'shop', createdAt: at(hours) })], []);
    expect([copyFindings(made(25)), copyFindings(made(27))]).toEqual([0, 3]);
    expect(reckon(made(25)).freshness.get(path('shop'))?.[0]?.state).toBe('waiting');
  });

  test('or since it was protected first', () => {
    const since = (hours: number) => {
      const temporal = lookedTemporal([shop]);
      const glance = { paused: false, protectedSince: at(hours), rpoSeconds: 93_600, latest: null };
      const lifecycles = temporal.lifecycles.map((one) => ({ ...one, glance }));
      return fleetLook([shop], [], { temporal: { ...temporal, lifecycles } });
    };
    expect([copyFindings(since(25)), copyFindings(since(27))]).toEqual([0, 3]);
  });
});

test('a clock that is minutes wrong is told: whoever asks by it would not see what is late', () => {
  const idsWith = (clockAheadSeconds: number | null) => idsOf(fleetLook([shop], fresh, { clockAheadSeconds }));
  for (const ahead of [-10_800, 900]) expect(idsWith(ahead)).toContain('clock-off:this-machine');
  for (const ahead of [-60, 0, 60, null]) expect(idsWith(ahead)).toEqual([wellBut]);
});

test('a fleet in which nothing is protected says so', () => {
  expect(idsOf(fleetLook([], []))).toContain('nothing-protected:panda');
  expect(idsOf(fleetLook([lookedDatabase({ id: 'a', tier: null, without: 'excluded' })], []))).toContain(
    'nothing-protected:panda',
  );
});

test('texts of others are one line, and only what to do has commands', () => {
  const [found] = findings(
    fleetLook([shop], fresh, { cannotCopy: new Map([[path('shop'), 'no\nCRITICAL\u001b[2J']]) }),
  );
  expect(found?.message).toBe('it cannot be backed up: no\\u{a}CRITICAL\\u{1b}[2J');
});

test('every finding is explained by a heading of the runbook', () => {
  const headings = new Set(
    readFileSync('docs/runbook.md', 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('#'))
      .map((line) =>
        line
          .replace(/^#+ /, '')
          .toLowerCase()
          .replace(/[^a-z0-9 -]/g, '')
          .replaceAll(' ', '-'),
      ),
  );
  for (const { more } of Object.values(findingChecks)) {
    const [file, heading = ''] = more.split('#');
    expect([file, headings.has(heading), heading]).toEqual(['docs/runbook.md', true, heading]);
  }
});

describe('what the services tell of a resource', () => {
  const posture: readonly (readonly [string, Partial<Posture>])[] = [
    ['public', { public: true }],
    ['own-backups-off', { ownBackupDays: 0 }],
    ['own-backups-lag', { restorableUntil: '2026-11-21T10:00:00Z' }],
    ['deletion-unprotected', { deletionProtection: false }],
    ['tags-not-copied', { copiesTakeTags: false }],
  ];
  test.each(posture)('%s', (check, given) => {
    const look = fleetLook([lookedDatabase({ id: 'shop', posture: given })], fresh);
    expect(idsOf(look).sort()).toEqual([`${check}:${path('shop')}`, wellBut].sort());
  });

  test('is not judged where it does not tell, and where nobody protects the resource', () => {
    const silent = {
      public: null,
      ownBackupDays: null,
      restorableUntil: null,
      deletionProtection: null,
      copiesTakeTags: null,
    };
    expect(idsOf(fleetLook([lookedDatabase({ id: 'shop', posture: silent })], fresh))).toEqual([wellBut]);
    const excluded = lookedDatabase({
      id: 'other',
      tier: null,
      without: 'excluded',
      posture: { public: true },
      keyArn: null,
    });
    expect(idsOf(fleetLook([shop, excluded], fresh))).toEqual([wellBut]);
  });

  test('plain storage is told', () => {
    expect(idsOf(fleetLook([lookedDatabase({ id: 'shop', keyArn: null })], fresh))).toContain(
      `unencrypted:${path('shop')}`,
    );
  });
});

test('what is in no tier is told, but what a rule excludes', () => {
  const resources = [
    shop,
    lookedDatabase({ id: 'a', tier: null, without: 'problem', why: 'no tag' }),
    lookedDatabase({ id: 'b', tier: null, without: 'unmatched' }),
    lookedDatabase({ id: 'c', tier: null, without: 'excluded' }),
  ];
  expect(idsOf(fleetLook(resources, fresh))).toEqual([`no-tier:${path('a')}`, wellBut, `not-selected:${path('b')}`]);
});

test('what has copies or a lifecycle and is listed no more has vanished; what nobody could list has not', () => {
  const gone = lookedDatabase({ id: 'gone' });
  const copies = [...fresh, lookedCopy({ of: gone, place: 'secure', hours: 50 })];
  const look = fleetLook([shop], copies, { temporal: lookedTemporal([shop, gone]) });
  expect(findings(look).find(({ check }) => check === 'vanished')).toMatchObject({
    id: `vanished:${path('gone')}`,
    message: 'it is in its account no more; a verified copy of it is kept, and its lifecycle still runs',
    mend: '`farcopy restore gone` brings it back; `farcopy retire gone` ends its alerts',
  });
  expect(findings({ ...look, looked: new Set() }).some(({ check }) => check === 'vanished')).toBe(false);
});

test('what vanished promises no restore without a verified copy, and is low once it was retired', () => {
  const gone = lookedDatabase({ id: 'gone' });
  const unproven = [...fresh, lookedCopy({ of: gone, place: 'secure', hours: 50, verified: false })];
  const of = (look: FleetLook) => findings(look).find(({ subject }) => subject.resource === path('gone'));
  expect(of(fleetLook([shop], unproven, { temporal: lookedTemporal([shop, gone]) }))).toMatchObject({
    check: 'vanished',
    message: expect.stringContaining('no verified copy of it is kept') as string,
    mend: expect.not.stringContaining('farcopy restore') as string,
  });
  const kept = [...fresh, lookedCopy({ of: gone, place: 'secure', hours: 50 })];
  expect(of(fleetLook([shop], kept))).toMatchObject({ check: 'retired', severity: 'low' });
  expect(of(fleetLook([shop], kept, { temporal: null }))).toMatchObject({ check: 'vanished' });
});

test('copies of another one of that name alone are told', () => {
  const made = lookedDatabase({ id: 'shop', incarnation: 'cluster-NEW' });
  const of = (incarnation: string) => places.map((place) => lookedCopy({ of: made, place, hours: 1, incarnation }));
  const old = idsOf(fleetLook([made], of('cluster-OLD')));
  expect(old).toContain(`recreated:${path('shop')}`);
  // They bring back another one: of this one there is none.
  expect(old).toContain(`never-copied:${path('shop')}@secure`);
  // A record in a bucket says nothing of whose it is: the copies in vaults do.
  const forged = of('cluster-OLD').map((copy) => (copy.copy === null ? { ...copy, incarnation: 'cluster-NEW' } : copy));
  expect(idsOf(fleetLook([made], forged))).toContain(`never-copied:${path('shop')}@other-cloud`);
  expect(idsOf(fleetLook([made], of('cluster-NEW')))).toEqual([wellBut]);
});

describe('drills', () => {
  const temporal = lookedTemporal([shop]);
  const withDrills = (given: Partial<typeof temporal>) =>
    idsOf(fleetLook([shop], fresh, { temporal: { ...temporal, ...given } }));

  test('are missed after two periods without one that passed, as far back as can be seen', () => {
    const [drill] = temporal.drills;
    if (drill === undefined) throw new Error('there is a drill');
    const at = (startedAt: string) => [{ ...drill, startedAt }];
    expect(withDrills({ drills: at('2026-11-08T00:00:00Z') })).toEqual([wellBut]);
    expect(withDrills({ drills: at('2026-11-07T00:00:00Z') })).toContain('no-drill:standard/weekly');
    expect(withDrills({ drills: [], drillsSince: '2026-11-15T00:00:00Z' })).toEqual([wellBut]);
  });

  test('are told by each drill of a resource, and one that runs or was taken back hides no failure', () => {
    const [passed] = temporal.drills;
    if (passed === undefined) throw new Error('there is a drill');
    const failed = { ...passed, drill: 'daily', verdict: 'failed', startedAt: '2026-11-15T05:00:00Z' };
    const later = (verdict: string) => ({ ...failed, verdict, startedAt: '2026-11-17T05:00:00Z' });
    for (const drills of [
      [failed, passed],
      [failed, passed, later('running')],
      [failed, passed, later('cancelled')],
    ])
      expect(withDrills({ drills })).toContain(`drill-failed:${path('shop')}/daily`);
    expect(withDrills({ drills: [passed, later('cancelled')] })).toEqual([wellBut]);
  });

  test('that failed are told until one passes', () => {
    const [passed] = temporal.drills;
    if (passed === undefined) throw new Error('there is a drill');
    const failed = { ...passed, verdict: 'failed', startedAt: '2026-11-18T05:00:00Z', reason: 'rows: 0' };
    expect(withDrills({ drills: [failed, passed] })).toContain(`drill-failed:${path('shop')}/weekly`);
    expect(withDrills({ drills: [failed, { ...passed, startedAt: '2026-11-19T05:00:00Z' }] })).toEqual([wellBut]);
  });
});

test('a pause of the fleet file, or of a drill, is ended otherwise than one of a tier', () => {
  const temporal = lookedTemporal([shop]);
  const mendOf = (given: object, by: string) => {
    const schedules = temporal.schedules.slice(0, 1).map((one) => ({
      ...{ ...one, ...given },
      pause: { by, reason: '', since: null, until: null },
    }));
    const look = fleetLook([shop], fresh, { temporal: { ...temporal, schedules } });
    return findings(look).find(({ check }) => check === 'schedule-paused')?.mend;
  };
  expect(mendOf({}, 'alice')).toContain('farcopy resume --tier standard');
  expect(mendOf({ drill: 'weekly' }, 'alice')).toContain('temporal schedule toggle --unpause');
  expect(mendOf({}, 'the fleet file')).toContain('out of the fleet file');
});

test('pauses and missing schedules are told; without Temporal nothing is guessed', () => {
  const temporal = lookedTemporal([shop]);
  const [standard, hot] = temporal.schedules;
  if (standard === undefined || hot === undefined) throw new Error('there are two schedules');
  const pause = { by: 'alice', reason: 'migration', since: null, until: null };
  const look = fleetLook([shop], fresh, {
    temporal: {
      ...temporal,
      lifecycles: temporal.lifecycles.map((one) => ({ ...one, state: 'Paused' })),
      schedules: [
        { ...standard, pause },
        { ...hot, exists: false },
      ],
    },
  });
  expect(idsOf(look)).toEqual([
    'schedule-missing:fleet-backup-panda-hot',
    'schedule-paused:fleet-backup-panda-standard',
    `resource-paused:${path('shop')}`,
    wellBut,
  ]);
  expect(idsOf({ ...look, temporal: null })).toEqual([wellBut]);
});

test('ids stay the same while the trouble does, whatever the time and the figures', () => {
  const look = troubledLook();
  const later = {
    ...look,
    now: lookedAt + 60_000,
    stocks: look.stocks.map((stock) => ({ ...stock, used: 93, fullInDays: 1 })),
  };
  expect(idsOf(later)).toEqual(idsOf(look));
  expect(new Set(idsOf(look)).size).toBe(idsOf(look).length);
});

test('the worst come first, and each has its severity', () => {
  const order = findings(troubledLook()).map(({ severity }) => severities.indexOf(severity));
  expect(order).toEqual([...order].sort((a, b) => a - b));
  expect(severities.filter((severity) => isAtLeast(severity, 'high'))).toEqual(['critical', 'high']);
});
