import { randomBytes } from 'node:crypto';
import { callAws } from './callAws';
import { listData, plantData, plantResources } from './emulatorControl';
import { databaseSecret, defaultRegion, scratchAccount } from './sandboxAccounts';

/** A PostgreSQL server that drills load exports into. */
export interface ScratchServer {
  /** Of the database that others are made from, without the password. */
  readonly url: string;
  /** ARN of the secret with the password. */
  readonly secret: string;
}

const server = { account: scratchAccount, region: defaultRegion, kind: 'rds-instance', id: 'scratch-server' } as const;
const user = 'drill';

/**
 * Starts an empty server in the scratch account, whose owner may make databases; one that runs is taken as it is.
 *
 * @throws Error with the emulator's own words when it cannot, or has no PostgreSQL.
 */
export async function plantScratchServer(awsEndpoint: string): Promise<ScratchServer> {
  const { account, region, id } = server;
  const name = databaseSecret(id);
  const present = (await listData(awsEndpoint)).find(
    (one) => one.account === account && one.region === region && one.id === id,
  );
  if (present !== undefined && present.port !== null)
    return { url: urlOf(present.port), secret: await secretArn(awsEndpoint, name) };
  await plantResources(awsEndpoint, [
    { ...server, sizeGiB: 20, engine: 'postgres', encryption: 'default', tags: {}, status: 'available' },
  ]);
  const { port, secretArns } = await plantData(awsEndpoint, {
    ...server,
    masterUsername: user,
    masterPassword: randomBytes(18).toString('base64url'),
    database: 'postgres',
    secrets: [{ account, region, name }],
  });
  const [secret] = secretArns;
  if (secret === undefined) throw new Error(`the AWS emulator made no secret ${name}`);
  return { url: urlOf(port), secret };
}

function urlOf(port: number): string {
  return `postgres://${user}@127.0.0.1:${port}/postgres?sslmode=disable`;
}

async function secretArn(awsEndpoint: string, name: string): Promise<string> {
  const { account, region } = server;
  const answer = await callAws(awsEndpoint, {
    service: 'secretsmanager',
    account,
    region,
    method: 'POST',
    path: '/',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'secretsmanager.DescribeSecret' },
    body: JSON.stringify({ SecretId: name }),
  });
  return (JSON.parse(answer) as { ARN: string }).ARN;
}
