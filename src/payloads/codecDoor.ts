import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { type IncomingHttpHeaders } from 'node:http';

const cookieName = 'farcopy-codec';
/** A working day. */
const cookieSeconds = 12 * 3600;

/** Who may ask a codec server: who has its token, or the cookie that the token was given for. */
export class CodecDoor {
  private readonly cookieValue: string;

  /** @param origin the UI's; of https, browsers send the cookie over TLS alone */
  constructor(
    private readonly token: string,
    private readonly origin: string | null,
  ) {
    this.cookieValue = createHmac('sha256', token).update(randomBytes(32)).digest('base64url');
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

  /** For browsers, which send it to pages of this host alone; it is not the token, and ends with this process. */
  get cookie(): string {
    const secure = this.origin?.startsWith('https:') === true ? ' Secure;' : '';
    return `${cookieName}=${this.cookieValue};${secure} HttpOnly; SameSite=Strict; Path=/; Max-Age=${cookieSeconds}`;
  }
}

/** In a time that says nothing of where they differ, nor how long the true one is. */
function areSame(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
