import { setTimeout as delay } from 'node:timers/promises';
import { type Client, ServiceError } from '@temporalio/client';
import { messageOf } from '../../core/failure';
import { searchAttributes } from '../../core/searchAttributes';
import { InvalidRequestError } from '../invalidRequestError';
import { UnreachableError } from '../unreachableError';

/** `INDEXED_VALUE_TYPE_KEYWORD` of temporal.api.enums.v1: the one type Farcopy uses. */
const keywordType: number = 2;
const grpc = {
  invalidArgument: 3,
  alreadyExists: 6,
  permissionDenied: 7,
  unimplemented: 12,
  unauthenticated: 16,
} as const;
const knownWithinMilliseconds = 60_000;
const askEveryMilliseconds = 500;

/** What a namespace lacks of Farcopy's search attributes. */
export interface SearchAttributeGap {
  /** Names that are not registered. */
  readonly missing: readonly string[];
  /** Names that are registered, but not as keywords: someone else uses them, and they cannot be changed. */
  readonly wrongType: readonly string[];
}

export async function searchAttributeGap({ connection, options: { namespace } }: Client): Promise<SearchAttributeGap> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const names = Object.values(searchAttributes).map((key) => key.name);
  return {
    missing: names.filter((name) => customAttributes[name] === undefined),
    wrongType: names.filter(
      (name) => customAttributes[name] !== undefined && Number(customAttributes[name]) !== keywordType,
    ),
  };
}

/**
 * Registers search attributes. Those that someone else registers at the same time are no fault.
 *
 * @throws InvalidRequestError when the namespace has no room for them, or they can only be registered by other means.
 */
export async function registerSearchAttributes(client: Client, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  const { connection, options } = client;
  try {
    await connection.operatorService.addSearchAttributes({
      namespace: options.namespace,
      searchAttributes: Object.fromEntries(names.map((name) => [name, keywordType])),
    });
  } catch (error) {
    const { code, details = messageOf(error) } = error as { code?: unknown; details?: string };
    if (code === grpc.alreadyExists) return;
    if (code === grpc.invalidArgument)
      throw new InvalidRequestError(
        `the namespace ${options.namespace} does not take the search attributes ${names.join(', ')}: ${details}`,
        'Farcopy needs nine search attributes of type Keyword: remove some that nobody uses, or use another namespace',
      );
    // Temporal Cloud registers them by its own commands alone.
    if (code === grpc.permissionDenied || code === grpc.unauthenticated || code === grpc.unimplemented)
      throw new InvalidRequestError(
        `Temporal lets nobody register search attributes by this connection: ${details}`,
        `register ${names.join(', ')}, each as Keyword, as an administrator (in Temporal Cloud in its UI or by ` +
          '`tcld namespace search-attributes add`), and run `farcopy apply` again',
      );
    throw error;
  }
}

/** Called once, when there is something to wait for. */
export type OnWait = (text: string) => void;

/**
 * Waits until the server takes Farcopy's search attributes in a query: a server of several processes lists them at once, and
 * each process knows them when it has looked at its namespaces the next time, which takes seconds.
 *
 * @throws UnreachableError when it does not within a minute.
 */
export async function untilSearchAttributesAreKnown(client: Client, onWait?: OnWait): Promise<void> {
  const query = Object.values(searchAttributes)
    .map(({ name }) => `${name} = 'none'`)
    .join(' AND ');
  const { namespace } = client.options;
  await onceKnown(() => client.connection.workflowService.countWorkflowExecutions({ namespace, query }), onWait);
}

/**
 * Does what the server may refuse because it does not know a search attribute yet, again and again for a minute: each of its
 * processes learns of them by itself.
 *
 * @throws UnreachableError when it still refuses then.
 */
export async function onceKnown<T>(act: () => Promise<T>, onWait?: OnWait): Promise<T> {
  let told = false;
  for (const end = Date.now() + knownWithinMilliseconds; ; await delay(askEveryMilliseconds)) {
    try {
      return await act();
    } catch (error) {
      if (!lacksSearchAttribute(error)) throw error;
      if (Date.now() > end)
        throw new UnreachableError(
          'Temporal has taken the search attributes and does not know them after a minute',
          'run `farcopy apply` again; if it ends like this again, look at the log of the Temporal server',
          { cause: error },
        );
      if (!told) onWait?.('waiting for Temporal to know the search attributes, for a minute at most');
      told = true;
    }
  }
}

/** Whether Temporal refuses something because it does not know a search attribute of Farcopy's. */
export function lacksSearchAttribute(error: unknown): boolean {
  const answer = (error instanceof ServiceError ? error.cause : error) as { code?: unknown; details?: unknown } | null;
  return answer?.code === grpc.invalidArgument && /\bFarcopy[A-Z]/.test(String(answer.details));
}
