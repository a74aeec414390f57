import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import { type Scope } from '../../core/catalogue/copy';
import { type AwsAccess } from './awsAccess';
import { awsCall } from './awsFailure';

interface Answered {
  readonly response: { readonly headers?: Readonly<Record<string, string>> };
}

/**
 * Epoch milliseconds by AWS's clock, to the second: what the head of an answer says (RFC 9110, Date). Null where it says nothing.
 *
 * @param scope whose role asks
 */
export async function awsTime(
  access: Pick<AwsAccess, 'sts'>,
  scope: Scope,
  abortSignal?: AbortSignal,
): Promise<number | null> {
  const call = { subject: 'the time', ...scope, action: 'sts:GetCallerIdentity' };
  return awsCall(call, abortSignal, async () => {
    const command = new GetCallerIdentityCommand({});
    let date: string | undefined;
    command.middlewareStack.add(
      (next) => async (args) => {
        const answer = await next(args);
        date = (answer as Answered).response.headers?.date;
        return answer;
      },
      { step: 'deserialize', name: 'awsTime' },
    );
    const client: STSClient = access.sts(scope);
    await client.send(command, { abortSignal });
    const time = Date.parse(date ?? '');
    return Number.isNaN(time) ? null : time;
  });
}
