import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { type AwsAccess } from './awsAccess';
import { awsCall } from './awsFailure';
import { applicationFailure } from '../../core/applicationFailure';
import { type Scope } from '../../core/catalogue/copy';
import { failureTypes } from '../../core/failure';

/** What a secret of Secrets Manager says: the document of a database's login that AWS writes, or the password alone. */
export interface DatabaseSecret {
  readonly password: string;
  readonly username: string | null;
  readonly host: string | null;
}

/** Where a secret lies, by its ARN; null of a name. */
export function placeOfSecret(id: string): { readonly account: string; readonly region: string } | null {
  const [, region, account] = /^arn:[^:]+:secretsmanager:([^:]+):(\d{12}):secret:/.exec(id) ?? [];
  return region === undefined || account === undefined ? null : { account, region };
}

/**
 * Reads a secret as the scope's role; that of an ARN where the ARN says, which takes a policy of the secret in another account.
 * A secret that is not there is `Configuration`: no failure of this may look as if a database were gone.
 */
export async function readSecret(
  access: Pick<AwsAccess, 'secretsManager'>,
  id: string,
  scope: Scope,
  signal?: AbortSignal,
): Promise<DatabaseSecret> {
  const place: Scope = { ...scope, region: placeOfSecret(id)?.region ?? scope.region };
  const call = { subject: `secret ${id}`, ...place, action: 'secretsmanager:GetSecretValue' };
  const { SecretString } = await awsCall(call, signal, () =>
    access
      .secretsManager(place)
      .send(new GetSecretValueCommand({ SecretId: id }), { abortSignal: signal })
      .catch((error: unknown) => {
        if ((error as Error | null)?.name !== 'ResourceNotFoundException') throw error;
        throw applicationFailure(
          failureTypes.configuration,
          `there is no secret ${id} in ${place.account}/${place.region}; see docs/fleet-file.md#connections-to-databases`,
        );
      }),
  );
  return parseSecret(SecretString, id);
}

function parseSecret(text: string | undefined, id: string): DatabaseSecret {
  if (text === undefined || text === '')
    throw applicationFailure(failureTypes.configuration, `secret ${id} holds no text`);
  let fields: unknown;
  try {
    fields = JSON.parse(text);
  } catch {
    fields = null;
  }
  // A password of digits alone is JSON too.
  if (typeof fields !== 'object' || fields === null) return { password: text, username: null, host: null };
  const { password, username, host } = fields as Readonly<Record<string, unknown>>;
  if (typeof password !== 'string' || password === '')
    throw applicationFailure(failureTypes.configuration, `secret ${id} has no password`);
  return {
    password,
    username: typeof username === 'string' && username !== '' ? username : null,
    host: typeof host === 'string' ? host : null,
  };
}
