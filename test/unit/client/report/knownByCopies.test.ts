import { type Discovery } from '../../../../src/activities/catalogue/discoverFleet';
import { type CatalogueProblem } from '../../../../src/activities/catalogue/listCopies';
import { knownByCopies, troublesOf } from '../../../../src/client/report/knownByCopies';
import { drillOf, wholeSince } from '../../../../src/client/report/lookAtTemporal';
import { type DrillStatus } from '../../../../src/client/drill/latestDrills';
import { type ListedCopy } from '../../../../src/core/catalogue/catalogue';
import { lookedCopy, lookedDatabase, lookedFleet } from '../../../fakes/fleetLook';

const scope = 'aurora-cluster/999999999999/eu-west-1';
const shop = lookedDatabase({ id: 'shop' });
const none: Discovery = { resources: [], problems: [] };
const refusal = { kind: null, account: '999999999999', region: 'eu-west-1', message: 'denied', unreachable: false };
const known = (copies: readonly ListedCopy[], discovery: Discovery | null, looked: readonly string[] = []) =>
  knownByCopies(lookedFleet, { copies }, discovery, new Set(looked), new Set(['aurora-cluster']));

describe('resources of which copies alone tell', () => {
  const copy = lookedCopy({ of: shop, place: 'secure', hours: 5 });

  test('are of the report where their account refused, or nobody could be asked', () => {
    for (const discovery of [{ ...none, problems: [refusal] }, null]) {
      const { refused, outside } = known([copy], discovery);
      expect(refused).toMatchObject([{ resource: { id: 'shop' }, listed: false, tier: 'standard' }]);
      expect(outside.size).toBe(0);
    }
  });

  test('are outside where the fleet file asks nobody for them any more, and gone where it has asked', () => {
    expect(known([copy], none)).toEqual({ refused: [], outside: new Set([scope]) });
    const ofOtherKind = { ...none, problems: [{ ...refusal, kind: 'rds-instance' }] };
    expect(known([copy], ofOtherKind).refused).toEqual([]);
    expect(known([copy], none, [scope])).toEqual({ refused: [], outside: new Set() });
  });

  test('are told by proven copies in vaults, not by what the owner of the source may write', () => {
    const refusing = { ...none, problems: [refusal] };
    const forged = { ...lookedCopy({ of: shop, place: 'source', hours: 1 }), tier: 'hot' };
    const unproven = { ...lookedCopy({ of: shop, place: 'secure', hours: 2, verified: false }), tier: 'hot' };
    expect(known([forged, unproven, copy], refusing).refused).toMatchObject([{ tier: 'standard' }]);
    expect(known([forged, unproven], refusing).refused).toEqual([]);
  });
});

test('only what hides copies is unlisted: a damaged record those of its resource, a quota none', () => {
  const damaged: CatalogueProblem = {
    ...{ kind: null, where: 'gs://panda-backups', account: null, region: null, message: 'it is no JSON' },
    ...{ unreachable: false, resource: `${scope}/shop` },
  };
  const other = { ...damaged, resource: `${scope}/other` };
  const catalogue = { copies: [], total: 0, ofFleet: 0, problems: [damaged, other] };
  const { unlisted, unreadable } = troublesOf(catalogue, { ...none, problems: [refusal] }, [refusal], []);
  expect(unlisted).toEqual([damaged, other]);
  expect(unreadable.map(({ where }) => where)).toEqual([
    `gs://panda-backups: ${scope}/shop`,
    `gs://panda-backups: ${scope}/other`,
    '999999999999/eu-west-1',
  ]);
});

describe('drills that Temporal remembers', () => {
  test('are known to be all only back to the oldest of a list that was cut', () => {
    const drills = ['2026-11-20T00:00:00Z', '2026-11-10T00:00:00Z'].map((startedAt) => ({ startedAt }));
    expect(wholeSince('2026-10-01T00:00:00Z', drills, 3)).toBe('2026-10-01T00:00:00Z');
    expect(wholeSince('2026-10-01T00:00:00Z', drills, 2)).toBe('2026-11-10T00:00:00Z');
    expect(wholeSince(null, drills, 2)).toBeNull();
  });

  test('say nothing where somebody took them back, unless they had failed before', () => {
    const drill: DrillStatus = {
      ...{
        workflowId: 'drill/x',
        runId: '1',
        tier: 'standard',
        drill: 'weekly',
        resource: 'shop',
        kind: 'aurora-cluster',
      },
      ...{ account: '999999999999', region: 'eu-west-1', startedAt: '2026-11-20T00:00:00Z', endedAt: null },
      ...{ verdict: 'not-performed', isTakenBack: true, rtoSeconds: null, from: null, recoveryPoint: null },
      ...{ failures: [], steps: [] },
    };
    expect(drillOf(drill).verdict).toBe('cancelled');
    expect(drillOf({ ...drill, isTakenBack: false }).verdict).toBe('not-performed');
    expect(drillOf({ ...drill, verdict: 'failed' }).verdict).toBe('failed');
  });
});
