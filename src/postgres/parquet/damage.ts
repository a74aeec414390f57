import { ApplicationFailure } from '@temporalio/common';
import { applicationFailure } from '../../core/applicationFailure';
import { failureTypes, messageOf } from '../../core/failure';
import { NoRoomError } from './decodeMemory';

/** What is wrong with a part. */
export function damaged(why: string): Error {
  return applicationFailure(failureTypes.verificationFailed, `not a Parquet file of an export: ${why}`);
}

/** Tells what the decoder threw as damage of the part; a failure that is told already stays as it is, and so does want of memory. */
export function refuse(error: unknown, where = ''): never {
  if (error instanceof ApplicationFailure || error instanceof NoRoomError) throw error;
  throw damaged(`${where}${messageOf(error)}`);
}

/**
 * A count or size that the part claims.
 *
 * @throws Error where it is absent, no whole number, negative, or above `most`.
 */
export function claimed(value: unknown, what: string, most = Number.MAX_SAFE_INTEGER): number {
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw new Error(`it does not say the ${what}`);
  if (number < 0 || number > most) throw new Error(`it claims ${number} as the ${what}, and at most ${most} can be`);
  return number;
}
