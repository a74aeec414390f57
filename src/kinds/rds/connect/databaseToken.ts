import { Signer } from '@aws-sdk/rds-signer';
import { type AwsAccess } from '../../../clouds/aws/awsAccess';
import { type Scope } from '../../../core/catalogue/copy';

/** A password for a database that authenticates by IAM: it lets the scope's role in for a quarter of an hour. */
export async function databaseToken(
  access: Pick<AwsAccess, 'credentials'>,
  scope: Scope,
  { host, port, user }: { readonly host: string; readonly port: number; readonly user: string },
): Promise<string> {
  const signer = new Signer({
    ...{ hostname: host, port, username: user, region: scope.region },
    credentials: await access.credentials(scope),
  });
  return signer.getAuthToken();
}
