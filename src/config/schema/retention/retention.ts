import { z } from 'zod';
import { sourcePlace } from '../../../core/catalogue/copy';
import { count, durationFrom, name } from '../scalars';

const rules = {
  hourly: count.optional(),
  daily: count.optional(),
  weekly: count.optional(),
  monthly: count.optional(),
  yearly: count.optional(),
  keepDays: count.optional().meta({ description: 'Everything within so many days of the newest copy.' }),
  minimum: z.int().min(1).max(10_000).meta({ description: 'Never fewer than this many, however old.' }),
};

export const retention = z.strictObject({
  ...rules,
  places: z
    .record(name, z.strictObject(rules))
    .optional()
    .meta({ description: `Other rules for some places: \`${sourcePlace}\`, or vaults by their names.` }),
});

export const retired = z.strictObject({
  after: durationFrom('7d').meta({ description: 'How old the newest copy is before anything goes.' }),
  retention: z.strictObject(rules),
});
