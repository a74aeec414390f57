import { type AwsCall } from '../../clouds/aws/awsFailure';
import { type Scope } from '../../core/catalogue/copy';
import { rdsErrorRows } from './errorRows';

/** A call to RDS, whose errors mean what RDS means by them. `action` as IAM names it: `rds:CopyDBClusterSnapshot`. */
export function rdsCall(subject: string, { account, region, access }: Scope, action: string): AwsCall {
  return { subject, account, region, access, action, errors: rdsErrorRows };
}
