import * as kms from '@aws-sdk/client-kms';
import * as rds from '@aws-sdk/client-rds';

type ErrorClass = new (options: { message: string; $metadata: { httpStatusCode: number; requestId: string } }) => Error;

const shapes: Readonly<Record<string, unknown>> = { ...kms, ...rds };

/** An error as the SDK throws it where AWS refuses, or does not answer well: of the class that the model has for the code, if any. */
export function awsError(code: string, message: string, httpStatusCode = 400): Error {
  const $metadata = { httpStatusCode, requestId: 'fake' };
  const Shape = (shapes[code] ?? shapes[`${code}Fault`]) as ErrorClass | undefined;
  const error = Shape === undefined ? new Error(message) : new Shape({ message, $metadata });
  return Object.assign(error, {
    ...(Shape === undefined ? { name: code } : {}),
    Code: code,
    $fault: httpStatusCode < 500 ? 'client' : 'server',
    $metadata,
  });
}

/** What passes by itself. */
export const throttling = (): Error => awsError('Throttling', 'Rate exceeded');
