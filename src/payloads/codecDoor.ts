import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { type IncomingHttpHeaders } from 'node:http';

const cookieName = 'farcopy-codec';
/** A working day. */
const cookieSeconds = 12 * 3600;

/** Who may ask a codec server: who has its token, or the cookie that the token was given for. */
export class CodecDoor {
  private readonly cookieValue: string;

  constructor(private readonly token: string) {
    this.cookieValue = createHmac('sha256', token).update('cookie of farcopy codec').digest('base64url');
  }

  opensTo({ authorization = '', cookie = '' }: IncomingHttpHeaders): boolean {
    const [, token] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    if (token !== undefined) return this.isToken(token);
    return cookie.split(/; */).some((one) => {
      const [name, value = ''] = one.split('=');
      return name === cookieName && areSame(value, this.cookieValue);
    });
  }

  isToken(text: string): boolean {
    return areSame(text, this.token);
  }

  /** For browsers, which send it to pages of this host alone; it is not the token. */
  get cookie(): string {
    return `${cookieName}=${this.cookieValue}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${cookieSeconds}`;
  }
}

/** In a time that says nothing of where they differ, nor how long the true one is. */
function areSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
