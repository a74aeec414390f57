import { ApplicationFailure } from '@temporalio/common';
import { applicationFailure } from '../../core/applicationFailure';
import { type Access } from '../../core/catalogue/copy';
import { failureTypes, type Grace, messageOf } from '../../core/failure';
import { type AwsErrorClass, type AwsErrorRow, classifyAwsError } from './classifyAwsError';
import { withoutSecrets } from './withoutSecrets';

/** What was being done, for the sentence a person reads and for what they must change. */
export interface AwsCall {
  /** `cluster panda-cluster-1`, `snapshot farcopy-panda-…`. */
  readonly subject: string;
  readonly account: string;
  readonly region: string;
  readonly access: Access;
  /** As IAM names it: `s3:PutObject`. */
  readonly action: string;
  /** The key the call was to use: ARN, or what the fleet file says. */
  readonly key?: string | null | undefined;
  /** Reads what another account shares, maybe since a moment ago: to find nothing means that it is not shared (yet). */
  readonly readsShared?: boolean;
  /** Rows of the service that is called; they decide before the rows of every service. */
  readonly errors?: readonly AwsErrorRow[];
}

/** First of the failure's details. */
export interface AwsFailureDetails {
  /** AWS's own code. */
  readonly code: string;
  /** A change of IAM or a share may still be on its way, or the service that gives credentials be away. */
  readonly grace: Grace;
  /** `{account}/{region}`. */
  readonly place: string;
  readonly action: string;
  readonly role: string;
  readonly key: string | null;
  /** AWS's id of the request, for its support. */
  readonly requestId: string | null;
}

/**
 * Runs calls to AWS and turns what they throw into a failure of core/failure.ts. An abort by the caller and what is a
 * failure already pass unchanged.
 */
export async function awsCall<T>(call: AwsCall, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toFailure(error, call, signal);
  }
}

/** {@link awsCall} for calls that answer in pages. */
export async function* awsPages<T>(
  call: AwsCall,
  signal: AbortSignal | undefined,
  pages: () => AsyncIterable<T>,
): AsyncGenerator<T> {
  try {
    yield* pages();
  } catch (error) {
    throw toFailure(error, call, signal);
  }
}

/** The failure an error means; its type and retryability come from the table of classifyAwsError. */
export function toFailure(error: unknown, call: AwsCall, signal?: AbortSignal): Error {
  if (error instanceof ApplicationFailure) return error;
  if (signal?.aborted && error instanceof Error) return error;
  const found = notShared(classifyAwsError(error, call.errors), call);
  const text = withoutSecrets(messageOf(error));
  const { sentence, action, key } = explain(found, text, call);
  const details: AwsFailureDetails = {
    code: found.code,
    grace: found.grace,
    place: `${call.account}/${call.region}`,
    action,
    role: call.access,
    key,
    requestId: (error as { $metadata?: { requestId?: string } } | null)?.$metadata?.requestId ?? null,
  };
  return applicationFailure(found.type, `${call.subject} (${details.place}): ${sentence}`, {
    cause: causeOf(error, text),
    details,
    retryAfterSeconds: found.retryAfterSeconds === null ? undefined : between(found.retryAfterSeconds),
  });
}

function notShared(found: AwsErrorClass, { readsShared }: AwsCall): AwsErrorClass {
  if (found.type !== failureTypes.notFound || !readsShared) return found;
  return { ...found, type: failureTypes.configuration, grace: 'seconds', concern: 'share' };
}

const keyActions = 'kms:CreateGrant, kms:DescribeKey, kms:Decrypt, kms:ReEncrypt* and kms:GenerateDataKey*';

function explain(
  found: AwsErrorClass,
  text: string,
  call: AwsCall,
): { sentence: string; action: string; key: string | null } {
  const named = /\b([a-z][a-z0-9-]*:[A-Z][A-Za-z*]+)/.exec(text)?.[1];
  const key = /arn:aws[\w-]*:kms:[\w-]*:\d*:(?:key|alias)\/[\w/-]+/.exec(text)?.[0] ?? call.key ?? null;
  const said = `${found.code}: ${text}`;
  const aboutKey = found.concern === 'key' || (found.concern === 'permission' && named?.startsWith('kms:') === true);
  if (aboutKey) {
    const action = named ?? (call.action.startsWith('kms:') ? call.action : keyActions);
    const sentence = keyAdvice(found.code, call, { action, isNamed: named !== undefined, key });
    return { sentence: `${sentence}, see docs/security.md#keys (${said})`, action, key };
  }
  const action = named ?? call.action;
  switch (found.concern) {
    case 'permission':
      if (action === 'sts:AssumeRole')
        return {
          sentence: `it may not be assumed; its trust policy must name the caller and the fleet's external id, see docs/security.md#roles (${said})`,
          action,
          key,
        };
      return {
        sentence: `the ${call.access} role may not ${action}; allow it in the role's policy, see docs/security.md#roles (${said})`,
        action,
        key,
      };
    case 'credentials':
      return {
        sentence: `AWS does not accept the credentials of ${call.action}; see docs/security.md#credentials (${said})`,
        action,
        key,
      };
    case 'no-credentials':
      return {
        sentence: `this process has no valid credentials for ${call.action}: none could be loaded, or they have expired; give it a role (instance, container, service account), a profile or an access key, see docs/security.md#credentials (${said})`,
        action,
        key,
      };
    case 'share':
      return {
        sentence: `it is not there, or not shared with the ${call.access} role's account (${said})`,
        action,
        key,
      };
    case 'default-key':
      return {
        sentence: `it is encrypted with the account's default key, under which nothing can be shared; set shareableKey, see docs/security.md#keys (${said})`,
        action,
        key,
      };
    default:
      return { sentence: `${call.action}: ${advice(found)}${said}`, action, key };
  }
}

interface UsedKey {
  readonly action: string;
  /** Whether AWS names the action: then it is the permission that lacks. */
  readonly isNamed: boolean;
  readonly key: string | null;
}

/** What is wrong with a key, as far as the code of KMS tells, and what to do about it. */
function keyAdvice(code: string, { access, account, region }: AwsCall, { action, isNamed, key }: UsedKey): string {
  const named = `key ${key ?? '(AWS names none)'}`;
  switch (code.replace(/^KMS\./, '').replace(/Exception$/, '')) {
    case 'Disabled':
      return `${named} is disabled; enable it`;
    case 'KMSInvalidState':
      return `${named} is in a state in which nothing can use it; enable it, or cancel its deletion`;
    case 'NotFound':
      return `there is no ${named} in ${account}/${region}; make it there, with a policy that lets the ${access} role use it`;
    default:
      return isNamed
        ? `the ${access} role may not ${action} on ${named}, or the key is not usable; ${isAlias(key) ? 'make the alias there if it is missing, else ' : ''}add it to the key policy`
        : `the ${access} role may not ${action} on ${named}, or it is not enabled, or not there; add them to the key policy, enable it, or make it`;
  }
}

/** Policies that name keys refuse an alias that leads to none. */
const isAlias = (key: string | null) => key !== null && /(^|:)alias\//.test(key);

function advice(found: AwsErrorClass): string {
  switch (found.type) {
    case failureTypes.limitReached:
      return 'every slot of a service limit is taken; ';
    case failureTypes.stockExhausted:
      return 'a quota of the account is used up: let retention delete, or ask AWS for more, see docs/runbook.md#a-stock-is-exhausted; ';
    case failureTypes.busy:
      return 'busy for the moment; ';
    case failureTypes.transient:
      return 'trouble that passes; ';
    default:
      return '';
  }
}

/** The error itself, unless its text held a secret: histories are read by many. */
function causeOf(error: unknown, text: string): Error | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.message === text) return error;
  const cause = new Error(text);
  cause.name = error.name;
  return cause;
}

const between = ([least, most]: readonly [number, number]) => least + Math.random() * (most - least);
