import { z } from 'zod';
import { postgresTarget } from './drills';
import { accountId, region } from './scalars';

const accountTarget = z.strictObject({
  account: accountId,
  regions: z.array(region).min(1).optional().meta({ description: 'Default: every region of `accounts` and `vaults`.' }),
});

/** Beside the account of the resource itself, and what drills name. */
export const restore = z.strictObject({
  targets: z
    .array(
      z.union([accountTarget, postgresTarget], {
        error: 'must be {account}, {account, regions}, or {postgres: URL}',
      }),
    )
    .max(100)
    .default([])
    .meta({
      description:
        'Where restores may lead beside the account of the resource itself and the targets of drills: accounts, and servers of PostgreSQL with all their databases.',
    }),
});
