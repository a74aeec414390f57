import fc from 'fast-check';
import { packed, packedBytes, unpacked } from '../../../../src/core/limits/packedPermit';
import { type Holder } from '../../../../src/core/limits/permitQueue';
import { recoveryPointId, recoveryPointWorkflowId } from '../../../../src/core/naming';

const resource = { kind: 'aurora-cluster', account: '999999999999', region: 'eu-west-1', id: 'panda-cluster-1' };
const workflowId = recoveryPointWorkflowId(recoveryPointId(resource, '2026-11-21T02:00:00Z'));
const runId = '0198c0de-1111-7222-8333-444455556666';
const usual: Holder = {
  requestId: `${workflowId}#copy:secure-dr#${runId}#1`,
  holderWorkflowId: workflowId,
  holderRunId: runId,
  resource,
  operationId: 'farcopy-panda-cluster-1-20261121t020000z-0m4t58u4l6598',
  priority: 3,
  remainingSeconds: 12_345,
  begunAt: 1_790_000_000_000,
  grantedAt: 1_790_000_100_000,
  told: true,
};

test('a usual permit takes 255 bytes', () => {
  expect(packedBytes(usual)).toBeLessThanOrEqual(255);
  expect(JSON.stringify(packed(usual)).length + 1).toBe(packedBytes(usual));
});

test('what is packed is whole again, whatever stands in it', () => {
  // Texts that hold each other, and what stands for them.
  const text = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
    fc
      .array(fc.constantFrom('*', '**', '*0*', '*1*', 'abcd', 'a', '0', '/', '$&', '*9*'), { minLength: 1 })
      .map((parts) => parts.join('')),
  );
  const holder: fc.Arbitrary<Holder> = fc.record({
    ...{ requestId: text, holderWorkflowId: text, holderRunId: text, operationId: text },
    resource: fc.record({ kind: text, account: text, region: text, id: text }),
    ...{ priority: fc.integer({ min: 0, max: 5 }), remainingSeconds: fc.nat() },
    ...{ begunAt: fc.nat(), grantedAt: fc.nat(), told: fc.boolean() },
  });
  fc.assert(
    fc.property(holder, (one) => {
      expect(unpacked(JSON.parse(JSON.stringify(packed(one))) as ReturnType<typeof packed>)).toEqual(one);
    }),
    { numRuns: 2000 },
  );
});
