import { setTimeout as delay } from 'node:timers/promises';
import { type Client } from '@temporalio/client';
import { searchAttributes } from '../../core/searchAttributes';
import { grpcAnswer, grpcCodes } from '../grpcAnswer';
import { InvalidRequestError } from '../invalidRequestError';
import { UnreachableError } from '../unreachableError';

/** `INDEXED_VALUE_TYPE_KEYWORD` of temporal.api.enums.v1: the one type Farcopy uses. */
const keywordType: number = 2;
const registeredByOthersAlone: readonly number[] = [
  grpcCodes.permissionDenied,
  grpcCodes.unauthenticated,
  grpcCodes.unimplemented,
];
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
    const answer = grpcAnswer(error);
    if (answer === null) throw error;
    const { code, details } = answer;
    if (code === grpcCodes.alreadyExists) return;
    if (code === grpcCodes.invalidArgument)
      throw new InvalidRequestError(
        `the namespace ${options.namespace} does not take the search attributes ${names.join(', ')}: ${details}`,
        'Farcopy needs nine search attributes of type Keyword: remove some that nobody uses, or use another namespace',
      );
    // Temporal Cloud registers them by its own commands alone.
    if (registeredByOthersAlone.includes(code))
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
 * The wait for the server to know search attributes that were registered, one minute from its beginning, however much waits for it. A
 * server of several processes lists them at once, and each process knows them when it has looked at its namespaces the next time, which
 * takes seconds.
 */
export class SearchAttributeWait {
  private readonly end = Date.now() + knownWithinMilliseconds;
  private told = false;

  constructor(private readonly onWait?: OnWait) {}

  /**
   * Waits until the server takes them in a query.
   *
   * @throws UnreachableError when it does not before the end.
   */
  async untilKnown({ connection, options: { namespace } }: Client): Promise<void> {
    const query = Object.values(searchAttributes)
      .map(({ name }) => `${name} = 'none'`)
      .join(' AND ');
    await this.onceKnown(() => connection.workflowService.countWorkflowExecutions({ namespace, query }));
  }

  /**
   * Does what the server may refuse because it does not know a search attribute yet, again and again: each of its processes learns of
   * them by itself.
   *
   * @throws UnreachableError when it still refuses at the end.
   */
  async onceKnown<T>(act: () => Promise<T>): Promise<T> {
    for (; ; await delay(askEveryMilliseconds)) {
      try {
        return await act();
      } catch (error) {
        if (!lacksSearchAttribute(error)) throw error;
        if (Date.now() > this.end)
          throw new UnreachableError(
            'Temporal has taken the search attributes and does not know them after a minute',
            'run `farcopy apply` again; if it ends like this again, look at the log of the Temporal server',
            { cause: error },
          );
        if (!this.told) this.onWait?.('waiting for Temporal to know the search attributes, for a minute at most');
        this.told = true;
      }
    }
  }
}

/** The server's words for a search attribute of Farcopy's that it does not know; what else is wrong with one it says in other words. */
const unknownAttribute =
  /\b(?:mapping defined for|invalid|unknown) search attribute:? '?Farcopy[A-Z]|\bFarcopy[A-Z]\w*'? is not (?:a valid search attribute|defined)/;

/** Whether Temporal refuses something because it does not know a search attribute of Farcopy's. */
export function lacksSearchAttribute(error: unknown): boolean {
  const answer = grpcAnswer(error);
  return answer?.code === grpcCodes.invalidArgument && unknownAttribute.test(answer.details);
}
