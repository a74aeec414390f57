import { type FailureType, failureTypes, messageOf } from '../../core/failure';

/** What the receiver of a POST answered that is no 2xx. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal';

  constructor(
    readonly status: number,
    /** What its header Retry-After asks for; null: nothing. */
    readonly retryAfterSeconds: number | null,
    said: string,
  ) {
    super(said === '' ? `HTTP ${status}` : `HTTP ${status}: ${said}`);
  }
}

/** What an error of a channel means for Farcopy. */
export interface ChannelErrorClass {
  readonly type: FailureType;
  readonly code: string;
  readonly advice: string;
  readonly retryAfterSeconds: readonly [number, number] | null;
}

interface Row {
  /** Of an answer to a POST. */
  readonly http?: (status: number) => boolean;
  /** Of a reply of a mail server. */
  readonly smtp?: (reply: number) => boolean;
  /** Of the connection, or of nodemailer. */
  readonly code?: RegExp;
  readonly message?: RegExp;
  readonly type: FailureType;
  readonly advice?: string;
  readonly retryAfterSeconds?: readonly [number, number];
}

const lookAtUrl = 'look at its URL and at what its variable holds';
const untrusted = 'its certificate is not trusted; name its authority by NODE_EXTRA_CA_CERTS';

/**
 * What may pass is tried again, all else waits for a person. The first row whose every condition holds decides; what no row knows is
 * `Refused`. Replies of mail servers: RFC 5321, 4.2.1, and RFC 4954, 6. Codes of nodemailer: its `errors.ts`.
 */
const table: readonly Row[] = [
  { http: is(408, 425, 429), type: failureTypes.transient, retryAfterSeconds: [5, 20] },
  { http: within(500, 599), type: failureTypes.transient },
  { http: within(300, 399), type: failureTypes.configuration, advice: 'it has moved; write the URL that it leads to' },
  { http: is(400, 413, 415, 422), type: failureTypes.invalidInput, advice: lookAtUrl },
  { http: within(400, 499), type: failureTypes.configuration, advice: lookAtUrl },

  {
    code: /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT_)/,
    type: failureTypes.configuration,
    advice: untrusted,
  },
  { message: /certificate|altnames/i, type: failureTypes.configuration, advice: untrusted },
  { smtp: within(400, 499), type: failureTypes.transient },
  {
    code: /^ETLS$/,
    message: /STARTTLS/,
    type: failureTypes.configuration,
    advice: 'the server does not encrypt; `tls: none` of the channel sends in the clear all the same',
  },
  // A command out of turn: another connection may do better.
  { smtp: is(503), type: failureTypes.transient },
  {
    smtp: is(530, 534, 535, 538),
    type: failureTypes.configuration,
    advice: 'look at its credentials and what their variables hold',
  },
  {
    smtp: within(500, 599),
    type: failureTypes.configuration,
    advice: 'the mail server must take mail of `from` to this address',
  },
  {
    code: /^(EAUTH|ENOAUTH)$/,
    type: failureTypes.configuration,
    advice: 'look at its credentials and at how the server lets log in',
  },
  { code: /^(EENVELOPE|EMESSAGE|ECONFIG)$/, type: failureTypes.invalidInput },
  { code: /^(E[A-Z0-9_]{3,}|HPE_\w+|ERR_\w+)$/, type: failureTypes.transient },
  { message: /socket hang up|aborted|premature close/i, type: failureTypes.transient },
];

/** Sorts what telling a channel has thrown by the table. */
export function classifyChannelError(error: unknown): ChannelErrorClass {
  const status = error instanceof HttpRefusal ? error.status : null;
  const { responseCode, code: given } = (error ?? {}) as { readonly responseCode?: unknown; readonly code?: unknown };
  const reply = typeof responseCode === 'number' ? responseCode : null;
  const code = status === null && typeof given === 'string' ? given : '';
  const message = status === null ? messageOf(error) : '';
  const row = table.find(
    (r) =>
      (r.http === undefined || (status !== null && r.http(status))) &&
      (r.smtp === undefined || (reply !== null && r.smtp(reply))) &&
      (r.code === undefined || r.code.test(code)) &&
      (r.message === undefined || r.message.test(message)),
  );
  const asked = error instanceof HttpRefusal ? error.retryAfterSeconds : null;
  return {
    type: row?.type ?? failureTypes.refused,
    code: code || (status === null ? (reply === null ? 'Unknown' : `Smtp${reply}`) : `Http${status}`),
    advice: row?.advice ?? '',
    retryAfterSeconds: asked === null ? (row?.retryAfterSeconds ?? null) : [asked, asked],
  };
}

function is(...numbers: readonly number[]): (number: number) => boolean {
  return (number) => numbers.includes(number);
}

function within(least: number, most: number): (number: number) => boolean {
  return (number) => number >= least && number <= most;
}
