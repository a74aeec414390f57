import fc from 'fast-check';
import { resourceKinds, type ResourceKind } from '../../../src/core/resource';
import {
  copyIdentifier,
  fleetBackupScheduleId,
  fleetNameMaxLength,
  fleetNamePattern,
  lifecycleWorkflowId,
  recoveryPointId,
  recoveryPointWorkflowId,
  scheduledTimeLabel,
  serviceLimitWorkflowId,
} from '../../../src/core/naming';

const panda = { kind: 'aurora-cluster', account: '999999999999', region: 'eu-west-1', id: 'panda-cluster-1' } as const;
const time = '2026-11-21T02:00:00Z';

/** The rules of CreateDBClusterSnapshot for an identifier, the narrower ones of the two kinds. */
const validForAws = (id: string) =>
  id.length <= 63 && /^[a-z][a-z0-9-]*$/i.test(id) && !id.includes('--') && !id.endsWith('-');

const letters = 'abcdefghijklmnopqrstuvwxyz';
/** Names of letters, digits and single hyphens, first a letter: AWS's rule for identifiers and ours for fleets. */
const name = (maxLength: number) =>
  fc
    .tuple(
      fc.constantFrom(...letters),
      fc.array(fc.constantFrom(...letters, ...'0123456789', '-'), { maxLength: maxLength - 1 }),
    )
    .map(([first, rest]) => (first + rest.join('')).replace(/-+/g, '-').replace(/-$/, ''));
const resource = fc.record({
  kind: fc.constantFrom<ResourceKind>(...resourceKinds),
  account: fc.stringMatching(/^\d{12}$/),
  region: fc.constantFrom('eu-west-1', 'eu-central-1', 'us-gov-west-1', 'ap-southeast-4', 'us-iso-east-1'),
  id: name(63),
});
const moment = fc.date({ min: new Date('2020-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });

describe('the identifier of a copy', () => {
  it('names resource and time, and never changes, since earlier copies are found by it', () => {
    expect(copyIdentifier('panda', panda, time)).toBe('farcopy-panda-cluster-1-20261121t020000z-0m4t58u4l6598');
  });

  it('differs for places that lie in one account and region', () => {
    const ids = [undefined, 'shareable', 'landing'].map((suffix) => copyIdentifier('panda', panda, time, suffix));
    expect(new Set(ids).size).toBe(3);
  });

  it('is one that AWS takes, whatever the names are', () => {
    fc.assert(
      fc.property(
        name(fleetNameMaxLength),
        resource,
        moment,
        fc.constantFrom(undefined, 'shareable', 'landing'),
        (fleet, r, at, suffix) => {
          expect(validForAws(copyIdentifier(fleet, r, at.toISOString(), suffix))).toBe(true);
        },
      ),
    );
  });

  it('differs for resources of one kind that differ, and for times that differ', () => {
    fc.assert(
      fc.property(resource, resource, moment, moment, (a, b, at, later) => {
        const same =
          [a.account, a.region, a.id, scheduledTimeLabel(at)].join() ===
          [b.account, b.region, b.id, scheduledTimeLabel(later)].join();
        expect(copyIdentifier('panda', a, at.toISOString()) === copyIdentifier('panda', b, later.toISOString())).toBe(
          same,
        );
      }),
    );
  });

  it('differs for equally named resources in two accounts or regions', () => {
    const ids = [panda, { ...panda, account: '888888888888' }, { ...panda, region: 'eu-central-1' }].map((r) =>
      copyIdentifier('panda', r, time),
    );
    expect(new Set(ids).size).toBe(3);
  });

  it('fits at the longest that AWS and the fleet file allow', () => {
    const longest = { account: '9'.repeat(12), region: 'ap-southeast-4', id: 'x'.repeat(63) };
    expect(copyIdentifier('f'.repeat(fleetNameMaxLength), longest, time, 'shareable').length).toBeLessThanOrEqual(255);
  });
});

describe('the id of a recovery point', () => {
  it('is the same however its time was written', () => {
    const written = [
      '2026-11-21T02:00:00Z',
      '2026-11-21T02:00:00.000Z',
      '2026-11-21T02:00:00.999Z',
      '2026-11-21T03:00:00+01:00',
    ];
    expect(new Set(written.map((at) => recoveryPointId(panda, at)))).toEqual(
      new Set(['aurora-cluster/999999999999/eu-west-1/panda-cluster-1/2026-11-21T02:00:00Z']),
    );
  });

  it('differs for two kinds with one name', () => {
    expect(recoveryPointId(panda, time)).not.toBe(recoveryPointId({ ...panda, kind: 'rds-instance' }, time));
  });
});

// Running workflows are found by these: a change orphans them.
describe('the ids of workflows and schedules', () => {
  it.each([
    [
      recoveryPointWorkflowId(recoveryPointId(panda, time)),
      'recovery-point/aurora-cluster/999999999999/eu-west-1/panda-cluster-1/2026-11-21T02:00:00Z',
    ],
    [lifecycleWorkflowId(panda), 'protect/aurora-cluster/999999999999/eu-west-1/panda-cluster-1'],
    [
      serviceLimitWorkflowId({ ...panda, limit: 'cluster-snapshots-in-progress' }),
      'service-limit/999999999999/eu-west-1/cluster-snapshots-in-progress',
    ],
    [fleetBackupScheduleId('panda', 'critical'), 'fleet-backup-panda-critical'],
  ])('%s never changes', (id, expected) => {
    expect(id).toBe(expected);
  });
});

describe('the name of a fleet', () => {
  it.each(['panda', 'a', 'a1', 'red-panda-2'])('may be %s', (fleet) => expect(fleet).toMatch(fleetNamePattern));
  it.each(['', '1a', 'a--b', 'a-', '-a', 'A', 'a_b', 'ä', 'a b', 'a\n'])('may not be %j', (fleet) =>
    expect(fleet).not.toMatch(fleetNamePattern),
  );
});
