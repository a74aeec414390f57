import fc from 'fast-check';
import { fleetFile } from '../../../../src/config/schema/fleetFile';
import { name as tierName } from '../../../../src/config/schema/scalars';
import {
  drillScheduleId,
  fleetBackupScheduleId,
  fleetTaskQueue,
  serviceLimitTaskQueue,
  sweepScheduleId,
  transferTaskQueue,
} from '../../../../src/core/naming';
import { knownKinds } from '../../../../src/kinds/registry';

const { fleet } = fleetFile(knownKinds).shape;

/** Names of the words that names of Farcopy's are made of: by chance two of others never collide. */
const words = fc.array(fc.constantFrom('a', 'b', 'transfer', 'service', 'limits', 'sweep', 'backup'), {
  minLength: 1,
  maxLength: 4,
});
const named = words.map((all) => all.join('-'));
const fleetName = named.filter((name) => fleet.safeParse(name).success);
const tier = named.filter((name) => tierName.safeParse(name).success);

const queuesOf = (name: string) => [fleetTaskQueue(name), transferTaskQueue(name)];

test('no two fleets share a task queue, and none is that of the service limits', () => {
  fc.assert(
    fc.property(fleetName, fleetName, (one, other) => {
      fc.pre(one !== other);
      const queues = [...queuesOf(one), ...queuesOf(other), serviceLimitTaskQueue];
      expect(new Set(queues).size).toBe(queues.length);
    }),
    { numRuns: 5000 },
  );
});

// Two fleets' may be one: `apply` refuses the later, see test/unit/client/fleet/applyFleet.test.ts.
test('no two schedules of one fleet share an id, and none is that of another fleet’s sweeper', () => {
  fc.assert(
    fc.property(fleetName, fleetName, tier, tier, (of, other, one, two) => {
      fc.pre(of !== other && one !== two);
      const ids = [
        ...[one, two].flatMap((each) => [fleetBackupScheduleId(of, each), drillScheduleId(of, each, 'weekly')]),
        ...[of, other].map(sweepScheduleId),
      ];
      expect(new Set(ids).size).toBe(ids.length);
    }),
    { numRuns: 1000 },
  );
});
