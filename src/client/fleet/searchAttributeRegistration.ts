import { setTimeout as delay } from 'node:timers/promises';
import { type Client } from '@temporalio/client';
import { searchAttributes } from '../../core/searchAttributes';
import { UnreachableError } from '../unreachableError';

/** `INDEXED_VALUE_TYPE_KEYWORD` of temporal.api.enums.v1: the one type Farcopy uses. */
const keywordType: number = 2;
const alreadyExists = 6;
const visibleWithinMilliseconds = 60_000;
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
 * Registers search attributes, and waits until the server accepts them: it may take some seconds. Those that someone else
 * registers at the same time are no fault.
 *
 * @throws UnreachableError when they cannot be seen within a minute.
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
    if ((error as { code?: unknown }).code !== alreadyExists) throw error;
  }
  for (const end = Date.now() + visibleWithinMilliseconds; ; await delay(askEveryMilliseconds)) {
    const { missing } = await searchAttributeGap(client);
    const late = names.filter((name) => missing.includes(name));
    if (late.length === 0) return;
    if (Date.now() > end)
      throw new UnreachableError(
        `Temporal has taken the search attributes ${late.join(', ')} but does not show them`,
        'wait a minute and run `farcopy apply` again',
      );
  }
}
