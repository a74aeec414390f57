import { ServiceError } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import { CommandFailure } from '../../../../src/client/cli';
import { exitCodeOfOutcomes } from '../../../../src/client/cli/commands/backup';
import { exitCodeOfFindings, thingsToDo } from '../../../../src/client/cli/commands/check';
import { exitCodeOfPlan } from '../../../../src/client/cli/commands/plan';
import { failureReport } from '../../../../src/client/cli/failureReport';
import { InvalidRequestError } from '../../../../src/client/invalidRequestError';
import { type FleetPlan } from '../../../../src/client/backup/planFleet';
import { UnreachableError } from '../../../../src/client/unreachableError';
import { VariableError } from '../../../../src/config';
import { applicationFailure } from '../../../../src/core/applicationFailure';
import { RouteError } from '../../../../src/core/kind';

const rawGrpc = (code: number, details: string) => Object.assign(new Error(`${code}: ${details}`), { code, details });
const grpc = (code: number, details: string) => new ServiceError('Failed', { cause: rawGrpc(code, details) });
const named = (name: string, more: object = {}) => Object.assign(new Error('boom'), { name, ...more });

describe('the exit code of an error', () => {
  test.each<[string, unknown, number]>([
    ['one of its own choice', new CommandFailure('x', 4), 4],
    ['an invalid request', new InvalidRequestError('x'), 2],
    [
      'a missing variable',
      new VariableError([{ at: 'roles.externalId', env: 'X', holds: 'it', problem: 'is not set' }]),
      2,
    ],
    ['a route that cannot be planned', new RouteError('x'), 2],
    ['Temporal not reachable', new UnreachableError('x', 'y'), 5],
    ['Temporal gone meanwhile', grpc(14, 'connection dropped'), 5],
    ['Temporal too slow', grpc(4, 'deadline'), 5],
    ['a namespace that is not there', new NamespaceNotFoundError('x'), 5],
    ['an unknown namespace', grpc(5, 'Namespace x is not found.'), 5],
    ['an unknown namespace, told by the service itself', rawGrpc(5, 'Namespace x is not found.'), 5],
    ['a role that Temporal refuses, told by the service itself', rawGrpc(7, 'Request unauthorized.'), 5],
    ['credentials that Temporal refuses', grpc(16, 'Request unauthorized.'), 5],
    ['search attributes not registered', grpc(3, 'no mapping defined for search attribute FarcopyFleet'), 2],
    ['another refusal of Temporal', grpc(3, 'bad request'), 1],
    ['AWS not reachable', named('TimeoutError'), 5],
    ['a socket that is closed', named('Error', { code: 'ECONNREFUSED' }), 5],
    ['an outage that AWS answers', applicationFailure('Transient', 'x'), 5],
    ['a role that may not', applicationFailure('Configuration', 'x'), 4],
    ['input that AWS refuses', applicationFailure('InvalidInput', 'x'), 2],
    ['anything else', new TypeError('x is not a function'), 1],
    ['what is no error at all', 'x', 1],
  ])('%s', (_what, error, exitCode) => {
    expect(failureReport(error).exitCode).toBe(exitCode);
  });

  test('the reason of Temporal is told, with what to look at', () => {
    const error = new UnreachableError('Temporal at x cannot be reached', 'look there', {
      cause: new Error('refused'),
    });
    expect(failureReport(error)).toMatchObject({
      message: 'Temporal at x cannot be reached: refused',
      hint: 'look there',
    });
    expect(failureReport(grpc(3, 'no mapping defined for search attribute FarcopyFleet')).hint).toContain(
      'farcopy apply',
    );
    expect(failureReport(grpc(5, 'Namespace x is not found.')).hint).toContain('TEMPORAL_NAMESPACE');
  });
});

describe('the exit code of a backup', () => {
  test.each([
    [3, 3, 0, 0],
    [3, 2, 0, 3],
    [3, 0, 1, 3],
    [3, 2, 1, 3],
    [3, 0, 0, 4],
  ])('of %i wanted, %i completed and %i partially failed: %i', (wanted, completed, partly, exitCode) => {
    expect(exitCodeOfOutcomes(wanted, completed, partly)).toBe(exitCode);
  });
});

describe('the exit code of a check', () => {
  test.each([
    [['ok', 'warning'], 0],
    [['ok', 'unreachable'], 5],
    [['ok', 'unreachable', 'failed'], 4],
  ] as const)('%p: %i', (states, exitCode) => {
    expect(exitCodeOfFindings(states.map((state) => ({ state })))).toBe(exitCode);
  });
});

describe('the exit code of a plan', () => {
  const plan = (resources: number, problems: number, unreadable: boolean[]) =>
    ({
      resources: Array(resources).fill({}),
      problems: Array(problems).fill({}),
      unreadable: unreadable.map((unreachable) => ({ unreachable })),
    }) as unknown as FleetPlan;

  test.each([
    [plan(2, 0, []), 0],
    [plan(0, 0, []), 0],
    [plan(2, 1, []), 3],
    [plan(2, 0, [true]), 3],
    [plan(0, 1, []), 4],
    [plan(0, 0, [false]), 4],
    [plan(0, 0, [true, true]), 5],
    [plan(0, 0, [true, false]), 4],
  ])('case %#', (planned, exitCode) => {
    expect(exitCodeOfPlan(planned)).toBe(exitCode);
  });
});

test('what is to be done in many places is one line', () => {
  const mend = 'run `farcopy apply`';
  expect(
    thingsToDo([
      { subject: 'a', mend },
      { subject: 'b', mend: null },
      { subject: 'c', mend },
    ]),
  ).toEqual(['run `farcopy apply` (a, c)']);
});
