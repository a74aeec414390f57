import { z } from 'zod';
import { accountId, kmsKey, name, region } from './scalars';

/** Names the route planner gives to places of its own. */
const reserved = /^(source|source-shareable|.*-landing)$/;

const vaultName = name.refine((text) => !reserved.test(text), '`source`, `source-shareable` and `…-landing` are names of Farcopy’s own places');

const vault = z.strictObject({
  account: accountId.meta({ description: 'An account that holds nothing but copies.' }),
  region: z
    .union([region, z.record(region, region)], {
      error: 'must be a region, or a map from a resource’s region to the vault’s',
    })
    .optional()
    .meta({ description: 'Default: the region of the resource.' }),
  key: kmsKey.meta({ description: 'The key, in the vault account, that copies end under.', examples: ['alias/farcopy'] }),
});

export const vaults = z
  .record(vaultName, vault)
  .refine((all) => Object.keys(all).length > 0, 'must name at least one vault')
  .refine((all) => Object.keys(all).length <= 100, 'more than 100 vaults');
