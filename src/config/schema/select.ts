import { z } from 'zod';
import { type Kinds } from '../../core/kind';
import { glob, name } from './scalars';

const unquoted = (input: unknown) =>
  typeof input === 'boolean' || typeof input === 'number'
    ? `the value of a tag is a text: write "${input}"`
    : undefined;

const tagValue = z.string({ error: ({ input }) => unquoted(input) });

const tags = z
  .record(
    z.string().min(1).max(128),
    z.union([tagValue, z.array(tagValue).min(1)], {
      error: ({ input }) => unquoted(input) ?? 'must be a text, or a list of texts',
    }),
  )
  .refine((all) => Object.keys(all).length > 0, 'must name at least one tag');

const criteria = {
  tags: tags.optional().meta({ description: 'Tag keys with the value, or one of the values, they must have.' }),
  names: z.array(glob).min(1).optional().meta({ description: 'Identifiers.' }),
  arns: z
    .array(glob.regex(/^(arn:|\*)/, 'not an ARN: it begins with `arn:`'))
    .min(1)
    .optional(),
};

const ofEveryKind = {
  ...criteria,
  exclude: z.strictObject(criteria).optional().meta({ description: 'What any one of these matches is left out.' }),
  tier: z
    .union(
      [
        name,
        z.strictObject({
          tag: z.string().min(1).max(128).meta({ description: 'The tag whose value names the tier.' }),
          default: name.optional().meta({ description: 'For resources without that tag.' }),
        }),
      ],
      { error: 'must be the name of a tier, or {tag: …, default: …}' },
    )
    .meta({ description: 'A tier, or the tag that names it.' }),
};

export function select(kinds: Kinds) {
  return z
    .array(z.strictObject({ kind: z.enum(kinds.names), ...ofEveryKind }))
    .min(1)
    .max(1000)
    .meta({ description: 'The first rule that matches a resource decides.' });
}
