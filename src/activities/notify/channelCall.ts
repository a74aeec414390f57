import { ApplicationFailure } from '@temporalio/common';
import { VariableError } from '../../config';
import { applicationFailure } from '../../core/applicationFailure';
import { failureTypes, type Grace, messageOf } from '../../core/failure';
import { printable } from '../../core/plainText';
import { classifyChannelError } from './channelErrors';

/** Which channel is told, for the sentence a person reads. */
export interface ChannelCall {
  /** `channel on-call`, with whatever of its address is no secret. */
  readonly subject: string;
  /** What is never told, in whichever form a receiver or a library may repeat it. */
  readonly secrets: readonly string[];
  readonly limitSeconds: number;
}

/** First of the failure's details. */
export interface ChannelFailureDetails {
  readonly code: string;
  readonly grace: Grace;
}

/** Longer answers are pages for a browser. */
const longest = 300;
/** Whoever asks for more time than this is asked again all the same. */
const longestPauseSeconds = 3600;

/**
 * Tells a channel within its time, and turns what that throws into a failure of core/failure.ts without any secret. An abort by the
 * caller passes unchanged.
 */
export async function channelCall(
  { subject, secrets, limitSeconds }: ChannelCall,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const limit = AbortSignal.timeout(limitSeconds * 1000);
  try {
    await work(AbortSignal.any([signal, limit]));
  } catch (error) {
    if (signal.aborted || error instanceof ApplicationFailure) throw error;
    if (limit.aborted) throw failure(failureTypes.transient, `it did not answer within ${limitSeconds} s`, 'ETIMEDOUT');
    const { type, code, advice, retryAfterSeconds } = classifyChannelError(error);
    const said = withoutSecrets(printable(messageOf(error)), secrets);
    const pause = retryAfterSeconds === null ? undefined : Math.min(longestPauseSeconds, between(retryAfterSeconds));
    throw failure(type, advice === '' ? said : `${said}; ${advice}`, code, pause);
  }

  /** Without its cause, which may hold what was sent. */
  function failure(
    type: (typeof failureTypes)[keyof typeof failureTypes],
    text: string,
    code: string,
    retryAfterSeconds?: number,
  ) {
    const details: ChannelFailureDetails = { code, grace: 'none' };
    return applicationFailure(type, `${subject}: ${text}`, { details, retryAfterSeconds });
  }
}

/** What a channel is opened with, or the failure that a person must mend the environment. */
export function fromEnvironment<T>(open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (!(error instanceof VariableError)) throw error;
    throw applicationFailure(failureTypes.configuration, `${error.message}; ${error.hint}, and start the worker again`);
  }
}

/** The secrets of a URL that is one itself: its host too may be a capability. */
export function secretsOfUrl(url: string): readonly string[] {
  const { host, hostname, pathname, search, searchParams } = new URL(url);
  const pieces = [...pathname.split('/'), ...searchParams.values()].filter((piece) => piece.length >= shortestPiece);
  return [url, `${pathname}${search}`, host, hostname, ...pieces].filter((piece) => piece.length > 1);
}

/** Shorter ones are words such as `services`, and hide nothing. */
const shortestPiece = 9;

function withoutSecrets(text: string, secrets: readonly string[]): string {
  const forms = secrets.flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    secret.replaceAll('/', '\\/'),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    Buffer.from(secret).toString('base64url'),
    Buffer.from(secret).toString('hex'),
  ]);
  const clean = [...new Set(forms)]
    .sort((a, b) => b.length - a.length)
    .reduce((said, form) => said.replaceAll(form, '…'), text);
  return clean.length > longest ? `${clean.slice(0, longest)}…` : clean;
}

const between = ([least, most]: readonly [number, number]) => least + Math.random() * (most - least);
