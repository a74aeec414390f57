import { type PayloadKeys } from '../payloads';
import { InvalidRequestError } from './invalidRequestError';

const keyArn = /^arn:aws[\w-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/;

/**
 * The keys for payloads of this process: `FARCOPY_PAYLOAD_KEY` encrypts and decrypts, `FARCOPY_PAYLOAD_OLD_KEYS` decrypt only.
 * Without any, payloads are in the clear.
 *
 * @throws InvalidRequestError when a key is not named by its ARN.
 */
export function payloadKeys(environment: NodeJS.ProcessEnv = process.env): PayloadKeys {
  const [writing, ...more] = keysIn('FARCOPY_PAYLOAD_KEY', environment);
  if (more.length > 0)
    throw new InvalidRequestError(
      'FARCOPY_PAYLOAD_KEY names several keys',
      'one key encrypts; name those that only decrypt in FARCOPY_PAYLOAD_OLD_KEYS',
    );
  const old = keysIn('FARCOPY_PAYLOAD_OLD_KEYS', environment);
  return { writing: writing ?? null, reading: [...new Set([...(writing === undefined ? [] : [writing]), ...old])] };
}

function keysIn(variable: string, environment: NodeJS.ProcessEnv): string[] {
  const named = (environment[variable] ?? '').split(/[\s,]+/).filter((name) => name !== '');
  for (const name of named)
    if (!keyArn.test(name))
      throw new InvalidRequestError(
        `${variable} cannot be ${name}`,
        'name a symmetric KMS key by its ARN, arn:aws:kms:{region}:{account}:key/{id}: an alias may be pointed at another key',
      );
  return named;
}
