import { z } from 'zod';
import { bandwidth, bucketUrl, accountId, kmsKey, name, region, roleArn } from './scalars';

/** Names the route planner gives to places of its own. */
const reserved = /^(source|source-shareable|.*-landing)$/;

const vaultName = name.refine((text) => !reserved.test(text), '`source`, `source-shareable` and `…-landing` are names of Farcopy’s own places');

const accountVault = z.strictObject({
  account: accountId.meta({ description: 'An account that holds nothing but copies.' }),
  region: z
    .union([region, z.record(region, region)], {
      error: 'must be a region, or a map from a resource’s region to the vault’s',
    })
    .optional()
    .meta({ description: 'Default: the region of the resource.' }),
  key: kmsKey.meta({ description: 'The key, in the vault account, that copies end under.', examples: ['alias/farcopy'] }),
});

const exportTarget = z.strictObject({
  bucket: bucketUrl('s3').meta({
    description: 'In the region of the copy that is exported; `{region}` stands for that region.',
    examples: ['s3://panda-exports-{region}'],
  }),
  role: roleArn.meta({ description: 'What RDS takes on to write there.' }),
  key: kmsKey.meta({ description: 'A key of the vault account: RDS writes encrypted exports only.' }),
});

const lock = z.strictObject({
  mode: z.enum(['governance', 'compliance']),
  days: z.int().min(1).max(36_500),
});

const bucketVault = z.strictObject({
  bucket: bucketUrl('gs').meta({ description: 'A bucket of another cloud.', examples: ['gs://panda-backups'] }),
  export: exportTarget.meta({ description: 'Where RDS exports to, on the way there.' }),
  lock: lock.optional().meta({ description: 'What is written cannot be deleted before.' }),
  bandwidth: bandwidth.optional().meta({ description: 'What one worker sends at most.', examples: ['50MB/s'] }),
});

const vault = z.union([accountVault, bucketVault], {
  error: 'must be {account, region, key}, or {bucket, export}',
});

export const vaults = z
  .record(vaultName, vault)
  .refine((all) => Object.keys(all).length > 0, 'must name at least one vault')
  .refine((all) => Object.keys(all).length <= 100, 'more than 100 vaults');
