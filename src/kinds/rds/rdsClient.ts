import { RDSClient } from '@aws-sdk/client-rds';
import { type AwsAccess } from '../../clouds/aws/awsAccess';
import { type Scope } from '../../core/catalogue/copy';

/** RDS as the scope's role reaches it. */
export const rdsClient = (access: AwsAccess, scope: Scope): RDSClient => access.client(RDSClient, scope);
