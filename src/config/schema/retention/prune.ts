import { z } from 'zod';
import { copiesPerRun } from '../../../core/retention/pruneRun';
import { cron, timezone } from '../schedule';

const settings = z.strictObject({
  enabled: z.boolean().meta({ description: 'Whether a schedule marks and deletes by itself.' }),
  schedule: cron.default('30 9 * * *').meta({ description: 'When it looks: at a time when people are there.' }),
  timezone: timezone.default('UTC'),
  copiesPerRun: z
    .int()
    .min(1)
    .max(10_000)
    .default(copiesPerRun)
    .meta({ description: 'At most so many copies go in one run.' }),
});

/** What Farcopy deletes by itself of what retention lets go. */
export const prune = z
  .union([z.literal('enabled'), settings], { error: 'must be `enabled`, or {enabled: true, …}' })
  .transform((written) => (written === 'enabled' ? settings.parse({ enabled: true }) : written));
