import { type AwsAccess } from '../../../clouds/aws/awsAccess';
import { applicationFailure } from '../../../core/applicationFailure';
import { type Scope } from '../../../core/catalogue/copy';
import { type DatabaseAccess, secretName } from '../../../core/catalogue/databaseAccess';
import { failureTypes } from '../../../core/failure';
import { type ResourceRef } from '../../../core/resource';
import {
  type DatabaseConnections,
  type DatabaseEndpoint,
  type Login,
  openDatabase,
} from '../../../postgres/databaseConnections';
import { readSecret } from '../../../clouds/aws/readSecret';
import { databaseToken } from './databaseToken';

/** Logs in to databases with secrets and tokens of AWS, which never leave the process. */
export function databaseConnections(access: AwsAccess): DatabaseConnections {
  return {
    open: async (endpoint, how, resource, scope, signal) =>
      openDatabase(endpoint, await databaseLogin(access, endpoint, how, resource, scope, signal), how.tls, signal),
  };
}

/**
 * User and password of a database. The host that a secret may name is not compared: a restored database has the passwords of
 * the one it was made from, and another host.
 */
export async function databaseLogin(
  access: Pick<AwsAccess, 'secretsManager' | 'credentials'>,
  { host, port, masterUsername }: DatabaseEndpoint,
  { authentication, user, tls }: DatabaseAccess,
  resource: ResourceRef,
  scope: Scope,
  signal?: AbortSignal,
): Promise<Login> {
  const known = (name: string | null): string => {
    if (name !== null) return name;
    throw applicationFailure(
      failureTypes.configuration,
      `AWS names no master user of ${resource.id} (${scope.account}/${scope.region}): set \`user\` in \`connect\``,
    );
  };
  if (authentication.type === 'secret') {
    const secret = await readSecret(access, secretName(authentication.secret, resource), scope, signal);
    return { user: known(user ?? secret.username ?? masterUsername), password: secret.password };
  }
  if (tls === 'disable')
    throw applicationFailure(
      failureTypes.configuration,
      '`connect` has IAM authentication without TLS, which RDS refuses: set `tls`',
    );
  const name = known(user ?? masterUsername);
  return { user: name, password: await databaseToken(access, scope, { host, port, user: name }) };
}
