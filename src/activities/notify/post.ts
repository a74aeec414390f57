import { type IncomingMessage } from 'node:http';
import { type PlainHttp } from '../../clouds/plainHttp';
import { version } from '../../core/version';
import { HttpRefusal } from './channelErrors';

/** What is sent by HTTP, as it stands. */
export interface Post {
  /** Default: POST. */
  readonly method?: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** So much of an answer says what is wrong. */
const mostBytes = 4096;

/**
 * Sends it, through the proxies of the environment. A redirect is not followed: what is signed for one receiver, or a secret, goes to
 * no other.
 *
 * @throws HttpRefusal where the answer is no 2xx
 */
export async function post(
  http: Pick<PlainHttp, 'send'>,
  { method = 'POST', url, headers, body }: Post,
  signal: AbortSignal,
) {
  const { protocol, hostname, port, pathname, search } = new URL(url);
  const bytes = Buffer.from(body);
  const response = await http.send(
    {
      method,
      protocol,
      // An address of IPv6 without the brackets that only a URL needs.
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? undefined : port,
      path: `${pathname}${search}`,
      headers: { ...headers, 'content-length': String(bytes.length), 'user-agent': `farcopy/${version}` },
      body: [bytes],
    },
    signal,
  );
  const { statusCode = 0, headers: answered } = response;
  if (statusCode >= 200 && statusCode < 300) {
    // It is told, whatever comes of the rest of the answer.
    response.on('error', () => undefined).resume();
    return;
  }
  throw new HttpRefusal(statusCode, secondsOf(answered['retry-after']), await beginningOf(response));
}

async function beginningOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= mostBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, mostBytes).toString('utf8').trim();
}

/** RFC 9110, 10.2.3: seconds, or a date. */
function secondsOf(retryAfter: string | undefined): number | null {
  if (retryAfter === undefined) return null;
  const seconds = /^\d{1,9}$/.test(retryAfter.trim())
    ? Number(retryAfter)
    : (Date.parse(retryAfter) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : null;
}
