import { closeSync, openSync, readSync } from 'node:fs';
import { FleetFileError } from './fleetFileError';

/** 1 MiB. A fleet of thousands of accounts is a tenth of it; what is larger is not a fleet file. */
export const largestFileBytes = 1_048_576;

/**
 * Text of a file, without a byte order mark.
 *
 * @throws FleetFileError where it cannot be read, is larger than {@link largestFileBytes}, or is not UTF-8.
 */
export function readText(file: string): string {
  return decode(readBytes(file), file);
}

function readBytes(file: string): Buffer {
  // Read up to the limit instead of asking for the size: pipes and devices have none.
  const buffer = Buffer.alloc(largestFileBytes + 1);
  let length = 0;
  try {
    const descriptor = openSync(file, 'r');
    try {
      for (let read = -1; read !== 0 && length < buffer.length; length += read) {
        read = readSync(descriptor, buffer, length, buffer.length - length, null);
      }
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw unreadable(file, `cannot be read: ${reasons[codeOf(error)] ?? codeOf(error)}`);
  }
  if (length > largestFileBytes) throw unreadable(file, 'is larger than 1 MiB: this is no fleet file');
  return buffer.subarray(0, length);
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a directory',
  EACCES: 'permission denied',
};

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

function decode(bytes: Buffer, file: string): string {
  const start = bytes.subarray(0, 2).toString('hex');
  if (start === 'fffe' || start === 'feff') throw unreadable(file, 'is UTF-16', 'save it as UTF-8');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw unreadable(file, 'is not UTF-8 text', 'save it as UTF-8; a binary file is no fleet file', lineOfFault(bytes));
  }
}

/** The line of the first byte that is not UTF-8. */
function lineOfFault(bytes: Buffer): number {
  const before = bytes.toString('utf8').split('\ufffd', 1)[0] ?? '';
  return before.split('\n').length;
}

function unreadable(file: string, message: string, hint?: string, line = 1): FleetFileError {
  return new FleetFileError([{ file, line, column: 1, path: '', message, ...(hint === undefined ? {} : { hint }) }]);
}
