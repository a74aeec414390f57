import { z } from 'zod';
import { parseBucketUrl } from '../../core/catalogue/bucket';
import { durationPattern, parseDuration } from '../../core/duration';

/** The texts and numbers a fleet file is made of. Every pattern also stands in the JSON Schema. */

/** YAML reads 012345678901 as a number and drops its zero, so numbers are refused instead of guessed at. */
const quoteAccount = 'an account must be a text: put its 12 digits in quotes, since as a number it loses leading zeros';

export const accountId = z
  .string({ error: ({ input }) => (typeof input === 'number' ? quoteAccount : undefined) })
  .regex(/^\d{12}$/, 'an account has exactly 12 digits')
  .meta({ description: 'An AWS account: 12 digits, in quotes.', examples: ['999999999999'] });

export const region = z
  .string()
  .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'not a region name like `eu-west-1`')
  .meta({ description: 'An AWS region.', examples: ['eu-west-1'] });

export const duration = z
  .string()
  .regex(durationPattern, 'not a duration like `90m`, `26h` or `1d12h`')
  .meta({ description: 'Whole numbers with w, d, h, m or s, largest first.', examples: ['2h', '26h', '1d12h'] });

/** A duration of at least `least`, itself a duration. */
export function durationFrom(least: string) {
  const leastSeconds = parseDuration(least) ?? 0;
  return duration.refine((text) => (parseDuration(text) ?? leastSeconds) >= leastSeconds, `must be at least ${least}`);
}

export const jitter = durationFrom('0s')
  .refine((text) => (parseDuration(text) ?? 0) <= 86_400, 'must be at most 24h')
  .default('0s')
  .meta({ description: 'Each firing is late by up to this much.' });

const nameRule = 'must be letters a–z, digits and single hyphens, beginning with a letter, at most 40 characters';

/** Names of tiers and vaults become parts of schedule ids and tags. */
export const name = z.string().regex(/^(?=.{1,40}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/, nameRule);

const kmsKeyPattern =
  /^(alias\/[\w/-]+|(mrk-)?[0-9a-f-]{32,36}|arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(alias|key)\/[\w/-]+)$/;

/** `alias/…`, the id of a key (also of a multi-Region key), or an ARN of either. */
export const kmsKey = z
  .string()
  .regex(kmsKeyPattern, 'not a KMS key: an alias like `alias/farcopy`, a key id, or an ARN')
  .refine((key) => !/(^|:)alias\/aws\//.test(key), 'a key managed by AWS cannot be used: make a customer-managed one');

export const keyAlias = z
  .string()
  .regex(/^alias\/[\w/-]+$/, 'not an alias like `alias/farcopy`: every account and region has a key of its own')
  .refine((key) => !key.startsWith('alias/aws/'), 'a key managed by AWS cannot be used: make a customer-managed one');

/** IAM resource types: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
export const roleTemplate = z
  .string()
  .regex(
    /^arn:aws[a-z-]*:iam::\{account\}:role\/[\w+=,.@/-]+$/,
    'not a role for every account, like `arn:aws:iam::{account}:role/farcopy-source`; `{account}` stands for the account’s digits',
  );

/** The role of one account. */
export const roleArn = z
  .string()
  .regex(
    /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
    'not the ARN of a role, like `arn:aws:iam::111111111111:role/farcopy-export`',
  );

/** Where a secret is: the environment, and never the file. */
export const environmentVariable = z.strictObject({
  env: z.string().regex(/^[A-Za-z_]\w*$/, 'not the name of an environment variable'),
});

/** `{region}` may stand in a bucket's name. */
export function bucketUrl(scheme: 's3' | 'gs', besides = '') {
  return z
    .string()
    .refine(
      (text) => parseBucketUrl(text.replaceAll('{region}', 'eu-west-1'))?.scheme === scheme,
      `not a bucket like \`${scheme}://panda-backups/folder\`${besides}`,
    );
}

const bandwidthPattern = /^(\d{1,6}(?:\.\d{1,3})?)(kB|MB|GB|KiB|MiB|GiB)\/s$/;
const unitBytes: Readonly<Record<string, number>> = {
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/** Bytes a second, undefined where the text is no bandwidth. */
export function parseBandwidth(text: string): number | undefined {
  const [, number, unit = ''] = bandwidthPattern.exec(text) ?? [];
  return number === undefined ? undefined : Math.round(Number(number) * (unitBytes[unit] ?? 1));
}

export const bandwidth = z
  .string()
  .regex(bandwidthPattern, 'not a bandwidth like `50MB/s`')
  .refine((text) => (parseBandwidth(text) ?? 1e6) >= 65_536, 'must be at least 64KiB/s');

export const glob = z.string().min(1).max(256).meta({ description: '`*` stands for any characters, `?` for one.' });

export const count = z.int().min(0).max(10_000);
