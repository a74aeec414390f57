import { type IncomingMessage, type ServerResponse } from 'node:http';
import { listen } from './listen';

export interface ShortLivedCredentials {
  /** For whoever is to get credentials here: what the SDKs of both clouds themselves look for. */
  readonly environment: Readonly<Record<string, string>>;
  /** What was given so far. */
  readonly given: { readonly sessions: number; readonly tokens: number };
  /** Whether an `authorization` is by credentials that were given here and have not ended. */
  accepts(authorization: string | undefined): boolean;
  /** Ends all that were given so far. */
  endAll(): void;
  close(): Promise<void>;
}

/** What they are said to live, in seconds: nobody renews them in time. */
const saidSeconds = 3600;

/**
 * Gives credentials that end long before their time: sessions as STS does, tokens as the metadata server of Google's machines.
 *
 * @param troubleOf whether the next request is answered by 503
 */
export async function startShortLivedCredentials(
  lifetimeMilliseconds: number,
  troubleOf: () => boolean = () => false,
): Promise<ShortLivedCredentials> {
  const given = { sessions: 0, tokens: 0 };
  const ends = new Map<string, number>();
  const give = (name: string) => {
    ends.set(name, Date.now() + lifetimeMilliseconds);
    return name;
  };

  function answer(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    if (troubleOf()) return void response.writeHead(503, { 'content-length': 0 }).end();
    const path = new URL(request.url ?? '/', 'http://credentials').pathname;
    if (request.method === 'POST') {
      given.sessions += 1;
      return end(response, 'text/xml', session(give(`ASIA${String(given.sessions).padStart(16, '0')}`)));
    }
    response.setHeader('metadata-flavor', 'Google');
    if (!path.endsWith('/token')) return end(response, 'application/text', 'googleapis.com');
    given.tokens += 1;
    const token = { access_token: give(`token-${given.tokens}`), expires_in: saidSeconds, token_type: 'Bearer' };
    return end(response, 'application/json', JSON.stringify(token));
  }

  const { endpoint, close } = await listen(undefined, answer);
  return {
    environment: {
      AWS_ENDPOINT_URL_STS: endpoint,
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'any',
      GCE_METADATA_HOST: new URL(endpoint).host,
      METADATA_SERVER_DETECTION: 'assume-present',
      // Where those of whoever runs this may lie.
      HOME: '/nonexistent',
      GOOGLE_APPLICATION_CREDENTIALS: '',
    },
    given,
    accepts: (authorization = '') => {
      const name = /^Bearer (.+)$|Credential=([^/]+)\//.exec(authorization);
      return (ends.get(name?.[1] ?? name?.[2] ?? '') ?? 0) > Date.now();
    },
    endAll: () => ends.clear(),
    close,
  };
}

function end(response: ServerResponse, type: string, text: string): void {
  response.writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(text);
}

const session = (accessKeyId: string) =>
  `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>` +
  `<AssumedRoleUser><Arn>arn:aws:sts::111111111111:assumed-role/farcopy/any</Arn><AssumedRoleId>AROA:any</AssumedRoleId></AssumedRoleUser>` +
  `<Credentials><AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>any</SecretAccessKey><SessionToken>any</SessionToken>` +
  `<Expiration>${new Date(Date.now() + saidSeconds * 1000).toISOString()}</Expiration></Credentials>` +
  `</AssumeRoleResult></AssumeRoleResponse>`;
