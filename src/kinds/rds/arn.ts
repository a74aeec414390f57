import { type ResourceRef } from '../../core/resource';

/** Region and account of an ARN of RDS: `arn:aws:rds:eu-west-1:999999999999:cluster-snapshot:name`. */
export function placeOfArn(arn: string): { region: string; account: string } {
  const [, , , region = '', account = ''] = arn.split(':');
  return { region, account };
}

const databaseArn =
  /^arn:aws[a-z-]*:rds:([a-z]{2}(?:-[a-z]+)+-\d):(\d{12}):([a-z]+):([A-Za-z](?:-?[A-Za-z0-9]){0,62})$/;

/**
 * The database that an ARN of a resource type names: `arn:aws:rds:eu-west-1:999999999999:cluster:panda-cluster-1`. Null for any
 * other ARN.
 */
export function databaseOfArn(arn: string, ofType: string): Pick<ResourceRef, 'account' | 'region' | 'id'> | null {
  const [, region, account, type, id] = databaseArn.exec(arn) ?? [];
  if (region === undefined || account === undefined || id === undefined || type !== ofType) return null;
  return { account, region, id: id.toLowerCase() };
}
