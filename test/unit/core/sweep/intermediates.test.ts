import { type Copy, copyTags } from '../../../../src/core/catalogue/copy';
import { whyLast } from '../../../../src/core/sweep/intermediates';

const vaults = new Set(['111111111111', '222222222222']);

function copyIn(account: string): Copy {
  return {
    ...{ kind: 'aurora-cluster', account, region: 'eu-west-1', id: 'x', arn: `arn:${account}`, keyArn: null },
    ...{ status: 'available', rawStatus: 'available', percent: 100, sizeGiB: 1, createdAt: null, sourceArn: null },
    ...{ resourceId: null, manual: true },
    tags: { [copyTags.retention]: 'standard', [copyTags.verified]: 'exists 2026-11-20T02:10:00Z' },
  };
}

test('in a vault the copy of another vault does not count: each account is there for when the others are lost', () => {
  expect(whyLast({ account: '111111111111' }, [copyIn('222222222222')], vaults)).toBe(
    'the only copy of its time in the vault',
  );
  expect(whyLast({ account: '111111111111' }, [copyIn('111111111111')], vaults)).toBeNull();
});

test('at the source a proven copy counts wherever it lies', () => {
  expect(whyLast({ account: '999999999999' }, [copyIn('222222222222')], vaults)).toBeNull();
  expect(whyLast({ account: '999999999999' }, [], vaults)).toBe('no other copy of its time is proven');
});

test('what is being made, or was not made whole, is no copy', () => {
  for (const status of ['in-progress', 'failed', 'deleting', 'other'] as const)
    expect(whyLast({ account: '999999999999' }, [{ ...copyIn('999999999999'), status }], vaults)).not.toBeNull();
});
