import { type Place } from './places';

/** ARN of the key an alias, id or ARN names in a place. */
export function fakeKeyArn({ account, region }: Place, key: string): string {
  return key.startsWith('arn:')
    ? key
    : `arn:aws:kms:${region}:${account}:key/${key.replace(/^alias\//, '').replace('/', '-')}`;
}

/** Whether a key is the account's own, of AWS: `alias/aws/rds`. */
export const isDefaultKey = (arn: string): boolean => /:key\/aws-\w+$/.test(arn);
