import { type CataloguedCopy } from '../../../../src/core/catalogue/catalogue';

export const resource = {
  kind: 'aurora-cluster',
  account: '999999999999',
  region: 'eu-west-1',
  id: 'shop',
  arn: 'arn:aws:rds:eu-west-1:999999999999:cluster:shop',
} as const;

export function copyIn(
  place: string,
  account: string,
  region: string,
  changes: Partial<CataloguedCopy> = {},
): CataloguedCopy {
  return {
    resource: resource.arn,
    recoveryPoint: 'aurora-cluster/999999999999/eu-west-1/shop/2026-11-21T02:00:00Z',
    scheduledTime: '2026-11-21T02:00:00Z',
    dataTime: '2026-11-21T02:03:00Z',
    tier: 'standard',
    place,
    temporary: false,
    hold: 'none',
    verified: 'exists 2026-11-21T02:04:00Z',
    incarnation: null,
    doubt: null,
    copy: {
      ...{ kind: 'aurora-cluster', account, region, id: 'snap', arn: `arn:${account}:${region}`, status: 'available' },
      ...{ rawStatus: 'available', percent: 100, sizeGiB: 10, keyArn: 'key', createdAt: null, sourceArn: null },
      ...{ resourceId: null, manual: true, tags: {} },
    },
    ...changes,
  };
}

/** When the service has made it. */
export function madeAt(copy: CataloguedCopy, createdAt: string): CataloguedCopy {
  return { ...copy, copy: { ...copy.copy, createdAt } };
}

/** The one that the copies in the vaults were made of. */
export const source = madeAt(copyIn('source', '999999999999', 'eu-west-1', { verified: null }), '2026-11-21T02:03:00Z');
export const secure = copyIn('secure', '111111111111', 'eu-west-1');
export const remote = copyIn('secure-dr', '111111111111', 'eu-central-1');
