import { X509Certificate } from 'node:crypto';
import { type ConnectionOptions as TlsOptions, connect } from 'node:tls';
import { type ConnectionOptions } from '@temporalio/client';
import { messageOf } from '../core/failure';
import { grpcAnswer, grpcCodes } from './grpcAnswer';

/** What keeps Temporal from being reached, and what to do about it. */
export interface TemporalTrouble {
  readonly message: string;
  readonly hint: string;
}

type Where = Pick<ConnectionOptions, 'address' | 'tls' | 'apiKey'>;

const defaultPort = 7233;
const answerWithinMilliseconds = 5000;
/** A client of HTTP/2 speaks first; a server that takes it answers with its settings. */
const http2Preface = Buffer.from('505249202a20485454502f322e300d0a0d0a534d0d0a0d0a000000040000000000', 'hex');

/** Alerts of TLS, RFC 8446, 6.2: what a server says of a client that it does not let in. */
const alerts: Readonly<Record<number, string>> = {
  40: 'it agrees to no handshake',
  42: 'it calls it bad',
  43: 'it takes none of its kind',
  44: 'it was revoked',
  45: 'it has expired',
  46: 'it is not acceptable',
  48: 'it does not know the CA that signed it',
  49: 'access is denied',
};
const certificateRequired = 116;
const handshakeFailure = 40;

const certificateHint =
  'set TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH to a certificate that the namespace accepts and its key, in ' +
  'PEM (…_DATA to their text); a namespace of Temporal Cloud that takes API keys wants TEMPORAL_API_KEY and its regional address instead';

/**
 * Why nothing but silence came of a connection, told by a TLS handshake of its own, since gRPC keeps it to itself; null where TLS
 * is not the reason.
 */
export async function tlsTrouble({ address = '', tls, apiKey }: Where): Promise<TemporalTrouble | null> {
  const secure = typeof tls === 'object' && tls !== null ? tls : {};
  const wanted = tls === undefined || tls === null ? apiKey !== undefined : tls !== false;
  const pair = secure.clientCertPair;
  const at = `Temporal at ${address}`;
  if (!wanted) {
    const end = await handshake(address, { rejectUnauthorized: false });
    if (end.alert === certificateRequired) return demanded(at);
    if (!end.secure && end.alert === null) return null;
    return {
      message: `${at} speaks TLS only`,
      hint: 'set TEMPORAL_TLS=true; TEMPORAL_TLS_SERVER_CA_CERT_PATH (or …_DATA) names its CA where it is not a public one',
    };
  }
  const ofPair = pair && pairTrouble(Buffer.from(pair.crt));
  if (ofPair) return ofPair;
  const end = await handshake(address, {
    servername: secure.serverNameOverride ?? undefined,
    ...(secure.serverRootCACertificate ? { ca: Buffer.from(secure.serverRootCACertificate) } : {}),
    ...(pair ? { cert: Buffer.from(pair.crt), key: Buffer.from(pair.key) } : {}),
  });
  if (end.alert === certificateRequired) return demanded(at);
  if (end.alert !== null) {
    if (!pair && end.alert === handshakeFailure) return demanded(at, 'probably ');
    const why = alerts[end.alert] ?? `alert ${end.alert}`;
    return pair
      ? { message: `${at} refuses the client certificate: ${why}`, hint: certificateHint }
      : { message: `${at} refuses the handshake: ${why}`, hint: 'are the TLS settings right?' };
  }
  if (end.code === null || end.error === null) return null;
  return serverTrouble(at, end.code, end.error) ?? closedTrouble(at, end, pair !== undefined);
}

const demanded = (at: string, how = ''): TemporalTrouble => ({
  message: `${at} ${how}demands a client certificate (mutual TLS), and none is set`,
  hint: certificateHint,
});

function pairTrouble(certificate: Buffer): TemporalTrouble | null {
  try {
    const { validFrom, validTo } = new X509Certificate(certificate);
    const now = Date.now();
    if (Date.parse(validFrom) <= now && now <= Date.parse(validTo)) return null;
    return {
      message: `the client certificate of TEMPORAL_TLS_CLIENT_CERT_PATH or …_DATA is valid from ${validFrom} to ${validTo} only`,
      hint: 'get a new one from the CA that the namespace accepts',
    };
  } catch {
    return {
      message: 'TEMPORAL_TLS_CLIENT_CERT_PATH or …_DATA has no certificate in PEM',
      hint: 'it begins with -----BEGIN CERTIFICATE-----',
    };
  }
}

/** What the certificate of the server is refused for, by Node's codes of OpenSSL's verdicts. */
function serverTrouble(at: string, code: string, { message }: Error): TemporalTrouble | null {
  switch (code) {
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return {
        message: `the certificate of ${at} is not valid at this time: ${message}`,
        hint: 'whoever runs the server has to renew it; is the clock of this machine right?',
      };
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return {
        message: `the certificate of ${at} is for another name: ${message}`,
        hint: 'use a name of the certificate in TEMPORAL_ADDRESS, or say which to expect by TEMPORAL_TLS_SERVER_NAME',
      };
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'CERT_SIGNATURE_FAILURE':
      return {
        message: `the certificate of ${at} is of a CA that is not trusted: ${message}`,
        hint: 'set TEMPORAL_TLS_SERVER_CA_CERT_PATH (…_DATA to its text) to the certificate of the CA that signed it, in PEM',
      };
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return {
        message: `${at} speaks no TLS`,
        hint: 'set TEMPORAL_TLS=false and unset the other TEMPORAL_TLS_… variables; an API key means TLS unless that is set',
      };
    case 'ERR_OSSL_X509_KEY_VALUES_MISMATCH':
      return {
        message:
          'the client key (TEMPORAL_TLS_CLIENT_KEY_PATH or …_DATA) is not that of the client certificate (TEMPORAL_TLS_CLIENT_CERT_PATH or …_DATA)',
        hint: 'name the two that belong together',
      };
    default:
      return null;
  }
}

/** Some servers refuse a certificate by closing the connection, without a word. */
function closedTrouble(at: string, { secure, code }: Handshake, certified: boolean): TemporalTrouble | null {
  if (!secure || (code !== 'ECONNRESET' && code !== 'CLOSED')) return null;
  return certified
    ? { message: `${at} closes the connection once it has seen the client certificate`, hint: certificateHint }
    : demanded(at, 'probably ');
}

interface Handshake {
  /** Whether this side was content with the handshake. */
  readonly secure: boolean;
  /** Number of the alert that the server has sent. */
  readonly alert: number | null;
  readonly code: string | null;
  readonly error: Error | null;
}

/** A handshake, and the first words after it: a server of TLS 1.3 looks at the client's certificate only after the handshake. */
function handshake(address: string, options: TlsOptions): Promise<Handshake> {
  return new Promise((resolve) => {
    let secure = false;
    const end = (error: (Error & { code?: string }) | null, code: string | null = error?.code ?? null) => {
      const [, alert] = /SSL alert number (\d+)/.exec(error?.message ?? '') ?? [];
      socket?.destroy();
      resolve({ secure, alert: alert === undefined ? null : Number(alert), code, error });
    };
    let socket: ReturnType<typeof connect> | undefined;
    try {
      socket = connect({ ...hostAndPort(address), ALPNProtocols: ['h2'], ...options });
    } catch (error) {
      // A key that does not fit, or a file that is no PEM.
      return end(error as Error);
    }
    socket.setTimeout(answerWithinMilliseconds, () => end(null));
    socket.once('secureConnect', () => {
      secure = true;
      socket.write(http2Preface);
    });
    socket.once('data', () => end(null));
    socket.once('error', end);
    socket.once('close', () => end(new Error('the connection was closed'), 'CLOSED'));
  });
}

function hostAndPort(address: string): { host: string; port: number } {
  const { hostname, port } = new URL(`tcp://${address}`);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? defaultPort : Number(port) };
}

/** The same in the words of the native core, which workers connect by and which hands on no code. */
const nativeRefusal =
  /code: '(?:The request does not have valid authentication credentials|The caller does not have permission)[^']*', message: "([^"]*)"/;

/** What Temporal answers to one whom it does not let in; null where it has not answered that. */
export function refusalTrouble({ address = '', apiKey }: Where, cause: unknown): TemporalTrouble | null {
  const words = refusalOf(cause);
  if (words === null) return null;
  const said = words === '' ? '' : `: ${words}`;
  return apiKey
    ? {
        message: `Temporal at ${address} refuses the API key${said}`,
        hint: 'is TEMPORAL_API_KEY whole, not expired, and of an account that may use the namespace? In Temporal Cloud, is the address that of a region (REGION.PROVIDER.api.temporal.io:7233)?',
      }
    : {
        message: `Temporal at ${address} lets nobody in without credentials${said}`,
        hint: 'set TEMPORAL_API_KEY, or TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH (…_DATA to their text)',
      };
}

/** The words of a refusal, which may be none; null where the error is none. */
function refusalOf(cause: unknown): string | null {
  const [, words = null] = nativeRefusal.exec(messageOf(cause)) ?? [];
  if (words !== null) return words;
  const answer = grpcAnswer(cause);
  const isRefused = answer?.code === grpcCodes.unauthenticated || answer?.code === grpcCodes.permissionDenied;
  return isRefused ? answer.details : null;
}
