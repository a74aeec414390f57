import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { type AwsAccess, type ClientClass } from '../../../src/clouds/aws/awsAccess';
import { type Scope } from '../../../src/core/catalogue/copy';
import { type Answers, type Input } from './answers';
import { bucketOf, type CloudState } from './cloudState';
import { databaseAnswers } from './commands/databases';
import { exportAnswers } from './commands/exports';
import { keyAnswers } from './commands/keys';
import { parameterGroupAnswers } from './commands/parameterGroups';
import { restoreAnswers } from './commands/restores';
import { snapshotAnswers } from './commands/snapshots';
import { surroundingAnswers } from './commands/surroundings';

const answers: Answers = {
  ...databaseAnswers,
  ...exportAnswers,
  ...keyAnswers,
  ...parameterGroupAnswers,
  ...restoreAnswers,
  ...snapshotAnswers,
  ...surroundingAnswers,
};

interface Command {
  readonly input: Input;
}

/** Clients of AWS whose commands the fake answers, whichever service they are of. */
export function fakeAccess(cloud: CloudState): AwsAccess {
  const clients = new Map<object, Map<string, object>>();
  const client = <C>(service: ClientClass<C>, scope: Scope): C => {
    let ofService = clients.get(service);
    if (ofService === undefined) clients.set(service, (ofService = new Map<string, object>()));
    const key = [scope.access, scope.account, scope.region].join(' ');
    let found = ofService.get(key) as C | undefined;
    // The SDK's paginators ask whether they were given a client of its class.
    if (found === undefined)
      ofService.set(
        key,
        (found = Object.assign(Object.create(service.prototype as object) as C & object, {
          send: (command: Command, options?: { abortSignal?: AbortSignal }) => send(cloud, scope, command, options),
        })),
      );
    return found;
  };
  const access: Partial<AwsAccess> = {
    roleArn: ({ account, access: role }) => `arn:aws:iam::${account}:role/farcopy-${role}`,
    client: client,
    kms: (scope) => client(KMSClient as ClientClass<KMSClient>, scope),
    s3: (scope) => client(S3Client as ClientClass<S3Client>, scope),
    bucket: ((_: Scope, name: string) => bucketOf(cloud, name)) as unknown as AwsAccess['bucket'],
  };
  return access as AwsAccess;
}

async function send(
  cloud: CloudState,
  scope: Scope,
  command: Command,
  { abortSignal }: { abortSignal?: AbortSignal } = {},
): Promise<object> {
  if (abortSignal?.aborted) throw Object.assign(new Error('Request aborted'), { name: 'AbortError' });
  const name = command.constructor.name.replace(/Command$/, '');
  const answer = answers[name];
  if (answer === undefined) throw new Error(`the fake cloud does not answer ${name}`);
  const { call, about, work } = answer(command.input, scope, cloud);
  return cloud.calls.answer(call, about, work);
}
