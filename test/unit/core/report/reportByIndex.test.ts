import { copiesByResource } from '../../../../src/core/report/freshness';
import { fleetReport } from '../../../../src/core/report/fleetReport';
import { RetentionCounts } from '../../../../src/core/retention/retentionCounts';
import { loadPrices } from '../../../../src/client/report/priceTable';
import { knownKinds } from '../../../../src/kinds/registry';
import { fleetLook, lookedAt, lookedCopy, lookedDatabase, lookedFleet, lookedTemporal } from '../../../fakes/fleetLook';

const hour = 3600_000;
const shop = lookedDatabase({ id: 'shop', createdAt: '2026-01-01T00:00:00Z' });
const places = ['secure', 'secure-dr', 'other-cloud'];

/** A report by an index that is some hours old, in which the newest copies are. @param protectedHours of the lifecycle's last whole recovery point */
function report({
  indexHours,
  copyHours,
  protectedHours = 1,
  restHours = null,
}: {
  readonly indexHours: number;
  readonly copyHours: number | null;
  readonly protectedHours?: number;
  /** Since then it is at rest. */
  readonly restHours?: number | null;
}) {
  const resource =
    restHours === null
      ? shop
      : lookedDatabase({
          ...{ id: 'shop', createdAt: '2026-01-01T00:00:00Z', status: 'stopped' },
          facts: { restartsAt: new Date(lookedAt - restHours * hour + 7 * 24 * hour).toISOString() },
        });
  const copies = copyHours === null ? [] : places.map((place) => lookedCopy({ of: shop, place, hours: copyHours }));
  const at = lookedAt - indexHours * hour;
  const seen = copiesByResource({
    ...{ copies, kinds: knownKinds, bundled: new Set<string>(), tiers: lookedFleet.tiers, now: at },
    tierOf: new Map(),
  });
  const temporal = lookedTemporal([resource]);
  const glance = {
    protectedSince: new Date(lookedAt - protectedHours * hour).toISOString(),
    ...{ rpoSeconds: 26 * 3600, latest: null },
  };
  const found = fleetReport(
    fleetLook([resource], [], {
      index: {
        at: new Date(at).toISOString(),
        ageSeconds: indexHours * 3600,
        copies: 3,
        seen,
        counts: new RetentionCounts(),
      },
      temporal: { ...temporal, lifecycles: temporal.lifecycles.map((one) => ({ ...one, glance })) },
    }),
    loadPrices(),
  );
  const [reported] = found.resources;
  return {
    state: reported?.state,
    places: [...new Set(reported?.places.map(({ state }) => state))],
    missed: found.findings.filter(({ check }) => check === 'rpo-missed').length,
    isWhole: found.isWhole,
    copies: found.glance.copies,
  };
}

describe('a report by the index', () => {
  test('says that an RPO is met as long as the copies in it are young enough now', () => {
    expect(report({ indexHours: 5, copyHours: 10 })).toMatchObject({
      state: 'met',
      isWhole: true,
      copies: 3,
      missed: 0,
    });
  });

  test('makes nothing green that a lifecycle knows to be late, whatever somebody has written into it', () => {
    const found = report({ indexHours: 5, copyHours: 10, protectedHours: 40 });
    expect(found).toMatchObject({ state: 'missed', places: ['unknown'], missed: 1 });
  });

  test('calls nothing at rest that a lifecycle knows to be late', () => {
    const rest = { indexHours: 5, copyHours: 60, restHours: 50 };
    expect(report(rest).places).toEqual(['at-rest']);
    expect(report({ ...rest, protectedHours: 60 })).toMatchObject({ state: 'missed', places: ['unknown'] });
  });

  test('calls nothing at rest once it is older than the RPO: its copies may be gone', () => {
    expect(report({ indexHours: 25, copyHours: 60, restHours: 50 }).places).toEqual(['at-rest']);
    expect(report({ indexHours: 27, copyHours: 60, restHours: 50 })).toMatchObject({
      state: 'unknown',
      places: ['unknown'],
      isWhole: false,
    });
  });

  test('believes no copy that is newer than itself', () => {
    expect(report({ indexHours: 30, copyHours: 1 }).places).not.toContain('met');
  });

  test('does not call late what may have come in since', () => {
    expect(report({ indexHours: 20, copyHours: 30 })).toMatchObject({ state: 'unknown', missed: 0, isWhole: false });
  });

  test('calls late what was late when it was made', () => {
    expect(report({ indexHours: 5, copyHours: 40 })).toMatchObject({ state: 'missed', places: ['missed'], missed: 3 });
  });

  test('tells that nothing was there', () => {
    expect(report({ indexHours: 5, copyHours: null, protectedHours: 40 })).toMatchObject({ places: ['never'] });
  });
});
