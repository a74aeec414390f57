import { join } from 'node:path';
import { provision } from '../../../sandbox/provision';
import { type CloudSandbox } from '../cloudSandbox';
import { type CommandEnd, run } from '../program';

/** A script of this folder that asks the clouds in Python, and so shares nothing with what makes the copies. */
export async function withBoto3(
  { awsEndpoint, credentials }: Pick<CloudSandbox, 'awsEndpoint' | 'credentials'>,
  script: 'askTheClouds' | 'auditCopies',
  words: readonly string[],
): Promise<CommandEnd> {
  const python = (await provision(['aws-emulator']))['aws-emulator'].path;
  return run(python, ['-B', join(__dirname, `${script}.py`), ...words], {
    ...process.env,
    AWS_ENDPOINT_URL: awsEndpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  });
}
