import { DatabaseError } from 'pg';
import { applicationFailure } from '../../../src/core/applicationFailure';
import { failureTypes } from '../../../src/core/failure';
import { postgresFailure } from '../../../src/postgres/postgresFailure';

function databaseError(code: string, message = 'no', where?: string): DatabaseError {
  return Object.assign(new DatabaseError(message, 1, 'error'), { code, where });
}

const nodeError = (code: string | undefined, message: string) => Object.assign(new Error(message), { code });

describe('an error of PostgreSQL', () => {
  test.each<[string, Error, string]>([
    ['a wrong password', databaseError('28P01'), 'Configuration'],
    ['a database that is not there', databaseError('3D000'), 'Configuration'],
    ['no permission', databaseError('42501'), 'Configuration'],
    ['a full disk', databaseError('53100'), 'Configuration'],
    ['too many connections', databaseError('53300'), 'Transient'],
    ['a server that shuts down', databaseError('57P01'), 'Transient'],
    ['a deadlock', databaseError('40P01'), 'Transient'],
    ['a value that does not fit', databaseError('22P02'), 'VerificationFailed'],
    ['a missing relation', databaseError('42P01'), 'Refused'],
    ['no password', new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string'), 'Configuration'],
    ['a certificate nobody knows', nodeError('SELF_SIGNED_CERT_IN_CHAIN', 'self-signed'), 'Configuration'],
    ['a server that is down', nodeError('ECONNREFUSED', 'connect ECONNREFUSED'), 'Transient'],
    ['a connection that broke', new Error('Connection terminated unexpectedly'), 'Transient'],
  ])('%s', (_, error, type) => {
    expect(postgresFailure(error, 'loading')).toMatchObject({ type });
  });

  test('of a value tells where it is, and not the value', () => {
    const where = 'COPY orders, line 5, column net: "12,50 EUR of Anna"';
    const failure = postgresFailure(
      databaseError('22P02', 'invalid input: "12,50 EUR of Anna"', where),
      'loading sales.orders',
    );
    expect((failure as Error).message).toBe(
      'loading sales.orders: refused a value (22P02, COPY orders, line 5, column net)',
    );
  });

  test('that is none stays what it is', () => {
    const ours = applicationFailure(failureTypes.conflict, 'taken');
    const abort = new DOMException('stop', 'AbortError');
    const bug = new TypeError('x is not a function');
    expect([ours, abort, bug].map((error) => postgresFailure(error, 'loading'))).toEqual([ours, abort, bug]);
  });
});
