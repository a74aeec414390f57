import { ServiceError } from '@temporalio/client';
import { refusalTrouble } from '../../../src/client/temporalTrouble';

const where = { address: 'temporal.example:7233' };
const answer = (code: number, details: string) => Object.assign(new Error(details), { code, details });
const ofWorker = (code: string) =>
  new Error(`Failed to call GetSystemInfo: code: '${code}', message: "Request unauthorized."`);

test.each([
  ['a command', new ServiceError('Failed to connect', { cause: answer(16, 'Request unauthorized.') })],
  ['a command that may not', answer(7, 'Request unauthorized.')],
  ['a worker', ofWorker('The request does not have valid authentication credentials')],
  ['a worker that may not', ofWorker('The caller does not have permission to execute the specified operation')],
])('%s that Temporal refuses reads what to set, with an API key and without', (_who, error) => {
  expect(refusalTrouble({ ...where, apiKey: 'secret' }, error)).toEqual({
    message: 'Temporal at temporal.example:7233 refuses the API key: Request unauthorized.',
    hint: expect.stringContaining('is TEMPORAL_API_KEY whole') as unknown,
  });
  expect(refusalTrouble(where, error)?.hint).toBe(
    'set TEMPORAL_API_KEY, or TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH (…_DATA to their text)',
  );
});

test.each([
  ['silence', new Error('Failed to connect before the deadline')],
  ['a server that is away', answer(14, 'No connection established')],
  ['no error at all', null],
])('%s is no refusal', (_what, error) => {
  expect(refusalTrouble(where, error)).toBeNull();
});
