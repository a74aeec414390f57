import { z } from 'zod';
import { type KindDescription, type Kinds } from '../../core/kind';
import { accountId, region } from './scalars';

/** The words that a selection file takes for a kind. */
export const wordsFor = ({ name, aliases }: KindDescription): readonly string[] => [...aliases, name];

function resourcesOf({ id: { pattern, rule } }: KindDescription) {
  const identifier = z.string().regex(pattern, `not an identifier: ${rule}`);
  return z
    .array(
      z.union([identifier, z.strictObject({ id: identifier, region: region.optional() })], {
        error: 'must be an identifier, or {id, region}',
      }),
    )
    .optional();
}

/** The selection of a run on demand: resources by kind, under any word for it. */
export function selectionFile(kinds: Kinds) {
  const resources = Object.fromEntries(
    kinds.all.flatMap((kind) => wordsFor(kind).map((word) => [word, resourcesOf(kind)] as const)),
  );
  return z.strictObject({
    accounts: z
      .array(z.strictObject({ account_id: accountId, region: region.optional(), resources: z.strictObject(resources) }))
      .min(1),
  });
}
