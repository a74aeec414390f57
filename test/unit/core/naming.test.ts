import {
  fleetBackupScheduleId,
  fleetNamePattern,
  hash64,
  lifecycleWorkflowId,
  recoveryPointId,
  recoveryPointOfWorkflowId,
  recoveryPointWorkflowId,
  serviceLimitWorkflowId,
  transferWorkflowId,
} from '../../../src/core/naming';

const panda = { kind: 'aurora-cluster', account: '999999999999', region: 'eu-west-1', id: 'panda-cluster-1' } as const;
const time = '2026-11-21T02:00:00Z';

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

describe('the recovery point of a workflow', () => {
  const recoveryPoint = recoveryPointId(panda, time);

  it('stands in the ids of those that make and transfer it', () => {
    expect(recoveryPointOfWorkflowId(recoveryPointWorkflowId(recoveryPoint))).toBe(recoveryPoint);
    expect(recoveryPointOfWorkflowId(transferWorkflowId(recoveryPoint, 'other-cloud'))).toBe(recoveryPoint);
  });

  it.each([
    lifecycleWorkflowId(panda),
    `drill/${recoveryPoint}`,
    `a-recovery-point/${recoveryPoint}`,
    'recovery-point/made-up',
    `recovery-point/${recoveryPoint}/more`,
    '',
  ])('does not stand in %j', (workflowId) => {
    expect(recoveryPointOfWorkflowId(workflowId)).toBeNull();
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

test.each([
  ['', 'cbf29ce484222325'],
  ['a', 'af63dc4c8601ec8c'],
  ['foobar', '85944171f73967e8'],
])('FNV-1a of %j is what its authors say: names of copies are made of it', (text, hash) => {
  expect(hash64(text).toString(16)).toBe(hash);
});
