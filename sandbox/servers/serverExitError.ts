import { logTail } from '../provision/logTail';
import { type ProcessEnd } from './guardedProcess';

/** A server ended although nobody had asked it to; the message has the end of its log. */
export class ServerExitError extends Error {
  override readonly name = 'ServerExitError';
  readonly logTail: string;

  constructor(
    server: string,
    end: ProcessEnd,
    readonly logFile: string,
  ) {
    const how = end.code === null ? `was killed by ${end.signal}` : `ended with exit code ${end.code}`;
    const tail = logTail(logFile);
    super(`${server} ${how}. Its log, ${logFile}, ends with:\n${tail.replace(/^/gm, '  | ')}`);
    this.logTail = tail;
  }
}
