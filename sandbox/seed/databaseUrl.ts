import { callAws } from './callAws';
import { type DatabaseData, listData } from './emulatorControl';
import { databaseSecret } from './sandboxAccounts';

type Named = Pick<DatabaseData, 'account' | 'region' | 'id'>;

/**
 * `postgres://…` of a database with data, as its owner.
 *
 * @param seeded The seeded database whose snapshot it was restored from, which has the secret. Default: itself.
 * @throws Error when it takes no connections.
 */
export async function databaseUrl(awsEndpoint: string, database: Named, seeded: Named = database): Promise<string> {
  const { account, region, id } = database;
  const [present] = (await listData(awsEndpoint)).filter(
    (one) => one.account === account && one.region === region && one.id === id && one.port !== null,
  );
  if (present === undefined) throw new Error(`database ${id} (${account}/${region}) takes no connections`);
  const { username, password } = await readSecret(awsEndpoint, seeded);
  const url = new URL(`postgres://${present.endpoint}:${present.port}/${present.database}`);
  url.username = username;
  url.password = password;
  return url.href;
}

async function readSecret(
  awsEndpoint: string,
  { account, region, id }: Named,
): Promise<{ username: string; password: string }> {
  const answer = await callAws(awsEndpoint, {
    service: 'secretsmanager',
    account,
    region,
    method: 'POST',
    path: '/',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'secretsmanager.GetSecretValue',
    },
    body: JSON.stringify({ SecretId: databaseSecret(id) }),
  });
  const { SecretString } = JSON.parse(answer) as { SecretString: string };
  return JSON.parse(SecretString) as { username: string; password: string };
}
