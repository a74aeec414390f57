import { hostname, userInfo } from 'node:os';

/** Who runs this process, by its own word: `anna@laptop`. */
export function callerName(): string {
  return `${userName()}@${hostname()}`;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run as a user that its system does not know.
    return `user ${process.getuid?.() ?? ''}`;
  }
}
