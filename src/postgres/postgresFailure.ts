import { types } from 'node:util';
import { ApplicationFailure } from '@temporalio/common';
import { DatabaseError } from 'pg';
import { applicationFailure } from '../core/applicationFailure';
import { failureTypes, type FailureType } from '../core/failure';

/** Where to look when a server does not let one in, or not do something. */
export interface Advice {
  readonly login: string;
  readonly tls: string;
  readonly permission: string;
}

const ofTarget: Advice = {
  login: 'check user, password and database of the target',
  tls: "see sslmode in the target's URL",
  permission: 'the user of the target must be allowed to create in its database',
};

/**
 * What an error of PostgreSQL means, by the class of its code. The first row that matches decides.
 *
 * @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const table: readonly {
  readonly codes: RegExp;
  readonly type: FailureType;
  readonly advice?: (advice: Advice) => string;
}[] = [
  { codes: /^(28|3D000)/, type: failureTypes.configuration, advice: ({ login }) => login },
  { codes: /^42501/, type: failureTypes.configuration, advice: ({ permission }) => permission },
  {
    codes: /^53100/,
    type: failureTypes.configuration,
    advice: () => 'the disk of the target is full; make room and start again, what is loaded stays',
  },
  { codes: /^(08|53|57|58|40|55P03)/, type: failureTypes.transient },
  { codes: /^(22|23)/, type: failureTypes.verificationFailed },
];

const network: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
]);

/**
 * An error as a failure of Farcopy; failures and aborts stay what they are. Values of rows are left out, since failures are
 * kept in histories: PostgreSQL puts them into messages about them.
 */
export function postgresFailure(error: unknown, doing: string, advice: Advice = ofTarget): unknown {
  if (error instanceof ApplicationFailure || !types.isNativeError(error) || error.name === 'AbortError') return error;
  if (error instanceof DatabaseError) {
    const code = error.code ?? '';
    const row = table.find(({ codes }) => codes.test(code));
    const ofData = /^(22|23)/.test(code);
    const [place] = /COPY [^:]*?, line \d+(, column [^:]*)?/.exec(error.where ?? '') ?? [];
    const said = ofData
      ? `refused a value (${code}${place === undefined ? '' : `, ${place}`})`
      : `${error.message} (${code})`;
    return applicationFailure(
      row?.type ?? failureTypes.refused,
      [`${doing}: ${said}`, ...(row?.advice === undefined ? [] : [row.advice(advice)])].join('; '),
    );
  }
  const { code } = error as NodeJS.ErrnoException;
  if (/^SASL|client password must be/.test(error.message))
    return applicationFailure(
      failureTypes.configuration,
      `${doing}: the target asks for a password, and there is none; see docs/restore-to-postgresql.md#the-target-and-its-password`,
    );
  if (/CERT|ERR_TLS/.test(code ?? '') || error.message.includes('does not support SSL'))
    return applicationFailure(failureTypes.configuration, `${doing}: ${error.message}; ${advice.tls}`);
  if (
    network.has(code ?? '') ||
    /connection (terminated|ended|timeout)|timeout exceeded when trying to connect/i.test(error.message)
  )
    return applicationFailure(failureTypes.transient, `${doing}: ${error.message}`);
  return error;
}
