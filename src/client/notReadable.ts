import { PayloadError } from '../payloads';

/**
 * Says that one payload cannot be read by whoever asks, so that the rest is told. Trouble that all payloads meet, and that passes or is
 * mended, is thrown, as is every other error.
 */
export function notReadable(error: unknown): string {
  if (!(error instanceof PayloadError) || error.trouble === 'unreachable' || error.trouble === 'refused') throw error;
  return `not readable: ${error.message}`;
}
