import { type Client, ServiceError } from '@temporalio/client';
import { applyFleet } from '../../../../src/client/fleet/applyFleet';
import { InvalidRequestError } from '../../../../src/client/invalidRequestError';
import { lacksSearchAttribute } from '../../../../src/client/fleet/searchAttributeRegistration';
import { UnreachableError } from '../../../../src/client/unreachableError';
import { parseFleet } from '../../../../src/config';
import { searchAttributes } from '../../../../src/core/searchAttributes';
import { knownKinds } from '../../../../src/kinds/registry';
import { fleetText } from '../../config/fleetText';

/** Waiting takes no time here: it moves the clock. */
jest.mock('node:timers/promises', () => ({ setTimeout: async (milliseconds: number) => void (now += milliseconds) }));
let now: number;

beforeEach(() => {
  now = Date.parse('2026-11-20T12:00:00Z');
  jest.spyOn(Date, 'now').mockImplementation(() => now);
});

afterEach(() => jest.restoreAllMocks());

const fleet = parseFleet(fleetText, 'fleet.yaml', { kinds: knownKinds });
const names = Object.values(searchAttributes).map(({ name }) => name);
const answer = (code: number, details: string) => Object.assign(new Error(`${code}: ${details}`), { code, details });

interface Server {
  /** When each process of the server knows what was registered, in milliseconds. */
  readonly knownAfter: { readonly queries: number; readonly schedules: number };
  /** Registered by a run that ended before it made schedules. */
  readonly registered?: boolean;
  readonly refusal?: Error;
}

/** A server that shows search attributes as soon as they are registered, and takes them later. */
function serverOf({ knownAfter, registered = false, refusal }: Server) {
  const created: string[] = [];
  let customAttributes: Record<string, number> = registered ? Object.fromEntries(names.map((name) => [name, 2])) : {};
  let since = registered ? now : Infinity;
  const demand = (milliseconds: number, error: Error) => {
    if (!(now - since >= milliseconds)) throw error;
  };
  const client = {
    options: { namespace: 'default', loadedDataConverter: { payloadCodecs: [] } },
    connection: {
      operatorService: {
        listSearchAttributes: async () => ({ customAttributes }),
        addSearchAttributes: async (request: { searchAttributes: Record<string, number> }) => {
          if (refusal !== undefined) throw refusal;
          customAttributes = request.searchAttributes;
          since = now;
        },
      },
      workflowService: {
        countWorkflowExecutions: async ({ query }: { query: string }) => {
          const [first = ''] = names.filter((name) => query.includes(name));
          demand(knownAfter.queries, answer(3, `column name '${first}' is not a valid search attribute`));
        },
      },
    },
    schedule: {
      async *list() {
        yield* [];
        demand(knownAfter.queries, answer(3, `column name 'FarcopyFleet' is not a valid search attribute`));
      },
      create: async ({ scheduleId }: { scheduleId: string }) => {
        const cause = answer(3, 'Namespace default has no mapping defined for search attribute FarcopyFleet');
        demand(knownAfter.schedules, new ServiceError('Failed to create schedule', { cause }));
        created.push(scheduleId);
      },
      getHandle: () => ({}),
    },
  };
  return { created, client: client as unknown as Client };
}

jest.mock('../../../../src/client/schedule/describeSchedule', () => ({ describeSchedule: async () => null }));

test('schedules are made once every process of the server knows the search attributes, and the wait is told once', async () => {
  const { client, created } = serverOf({ knownAfter: { queries: 4000, schedules: 9000 } });
  const told: string[] = [];
  await applyFleet(client, fleet, { onWait: (text) => void told.push(text) });
  expect(created).toContain('fleet-backup-panda-critical');
  expect(told).toEqual(['waiting for Temporal to know the search attributes, for a minute at most']);
});

test('what an apply that was interrupted has registered a moment ago is waited for as well', async () => {
  const { client, created } = serverOf({ registered: true, knownAfter: { queries: 4000, schedules: 4000 } });
  await applyFleet(client, fleet);
  expect(created).toContain('fleet-backup-panda-critical');
});

test('a server that never knows them is given up after a minute, and nothing is made', async () => {
  const { client, created } = serverOf({ knownAfter: { queries: Infinity, schedules: Infinity } });
  const began = now;
  const given = await applyFleet(client, fleet).catch((error: unknown) => error);
  expect(given).toBeInstanceOf(UnreachableError);
  expect(String(given)).toContain('does not know them after a minute');
  expect(now - began).toBeLessThan(62_000);
  expect(created).toEqual([]);
});

test('schedules that a server never takes are waited for together, and not a minute each', async () => {
  const { client } = serverOf({ knownAfter: { queries: 40_000, schedules: Infinity } });
  const began = now;
  await expect(applyFleet(client, fleet)).rejects.toThrow('does not know them after a minute');
  expect(now - began).toBeLessThan(62_000);
});

test.each([
  ["invalid query: column name 'FarcopyTier' is not a valid search attribute", true],
  ['invalid query: unable to convert left side: invalid search attribute: FarcopyTier', true],
  ['Namespace default has no mapping defined for search attribute FarcopyTier', true],
  ['search attribute FarcopyTier is not defined', true],
  ['search attribute FarcopyTier value size 3000 exceeds size limit 2048', false],
  ["invalid value for search attribute FarcopyTier of type Keyword: '7'", false],
  ["operator 'LIKE' not supported for Keyword type search attribute in `FarcopyTier LIKE 'x'`", false],
  ['search attribute CustomerTier is not defined', false],
])('%s: because it does not know it: %s', (details, lacks) => {
  expect(lacksSearchAttribute(answer(3, details))).toBe(lacks);
});

test('another refusal is not waited for', async () => {
  const { client } = serverOf({ knownAfter: { queries: 0, schedules: 0 } });
  Object.assign(client.schedule, { create: async () => Promise.reject(answer(3, 'Invalid schedule spec')) });
  const began = now;
  await expect(applyFleet(client, fleet)).rejects.toThrow('Invalid schedule spec');
  expect(now).toBe(began);
});

test.each([
  ['no room', answer(3, 'cannot have more than 10 search attribute of type Keyword.'), 'remove some that nobody uses'],
  ['Temporal Cloud', answer(7, 'Request unauthorized.'), 'tcld namespace search-attributes add'],
])('%s: the refusal to register says what to do', async (_what, refusal, hint) => {
  const { client } = serverOf({ knownAfter: { queries: 0, schedules: 0 }, refusal });
  const refused = await applyFleet(client, fleet).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(InvalidRequestError);
  expect((refused as InvalidRequestError).message).toContain(refusal.details);
  expect((refused as InvalidRequestError).hint).toContain(hint);
});
