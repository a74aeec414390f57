import { z } from 'zod';
import { bandwidth, bucketUrl, accountId, kmsKey, name, region, roleArn } from './scalars';

/** Names the route planner gives to places of its own. */
const reserved = /^(source|source-shareable|.*-landing|.*-export)$/;

const vaultName = name.refine(
  (text) => !reserved.test(text),
  '`source`, `source-shareable`, `…-landing` and `…-export` are names of Farcopy’s own places',
);

const accountVault = z.strictObject({
  account: accountId.meta({ description: 'An account that holds nothing but copies.' }),
  region: z
    .union([region, z.record(region, region)], {
      error: 'must be a region, or a map from a resource’s region to the vault’s',
    })
    .optional()
    .meta({ description: 'Default: the region of the resource.' }),
  key: kmsKey.meta({
    description: 'The key, in the vault account, that copies end under.',
    examples: ['alias/farcopy'],
  }),
});

const exportTarget = z.strictObject({
  bucket: bucketUrl('s3').meta({
    description: 'In the region of the copy that is exported; `{region}` stands for that region.',
    examples: ['s3://panda-exports-{region}'],
  }),
  role: roleArn.meta({ description: 'What AWS takes on to write there.' }),
  key: kmsKey.meta({ description: 'A key of the vault account: what is exported is encrypted under it.' }),
});

export const lock = z.strictObject({
  mode: z.enum(['governance', 'compliance']),
  days: z.int().min(1).max(36_500),
});

const onTheWay = {
  export: exportTarget.meta({ description: 'Where AWS exports to, on the way there.' }),
  lock: lock.optional().meta({ description: 'What is written cannot be deleted before.' }),
  bandwidth: bandwidth.optional().meta({ description: 'What one worker sends at most.', examples: ['50MB/s'] }),
};

const bucketVault = z.strictObject({
  bucket: bucketUrl('gs', '; one of S3 needs `account`, `region` and `key` as well').meta({
    description: 'A bucket of another cloud.',
    examples: ['gs://panda-backups'],
  }),
  ...onTheWay,
});

const s3Vault = z.strictObject({
  bucket: bucketUrl('s3')
    .refine((text) => !text.includes('{region}'), 'is one bucket, in the vault’s `region`')
    .meta({
      description: 'A bucket of S3 in another account or region than what is exported.',
      examples: ['s3://panda-vault'],
    }),
  account: accountId.meta({ description: 'The bucket’s; its vault role writes there.' }),
  region: region.meta({ description: 'The bucket’s.' }),
  key: kmsKey.meta({
    description: 'A key of that account: what is written is encrypted under it.',
    examples: ['alias/farcopy'],
  }),
  ...onTheWay,
});

const vault = z.union([accountVault, bucketVault, s3Vault], {
  error:
    'must be {account, region, key}, {bucket, export}, or with a bucket of S3 {bucket, account, region, key, export}',
});

export const vaults = z
  .record(vaultName, vault)
  .refine((all) => Object.keys(all).length > 0, 'must name at least one vault')
  .refine((all) => Object.keys(all).length <= 100, 'more than 100 vaults');
