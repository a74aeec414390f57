import { z } from 'zod';
import { CronError, parseCron } from '../cron';
import { neverFires } from '../scheduleGap';
import { isTimezone } from '../timezone';
import { count, durationFrom, name } from './scalars';

const cron = z
  .string()
  .max(200)
  .superRefine((text, context) => {
    try {
      if (neverFires(parseCron(text))) context.addIssue('this schedule never fires: its dates do not exist');
    } catch (error) {
      if (!(error instanceof CronError)) throw error;
      context.addIssue(`not a cron expression: ${error.message}`);
    }
  })
  .meta({ description: 'Minute, hour, day of month, month, day of week; or @hourly, @daily, …', examples: ['0 * * * *'] });

const retention = z.strictObject({
  hourly: count.optional(),
  daily: count.optional(),
  weekly: count.optional(),
  monthly: count.optional(),
  yearly: count.optional(),
  minimum: z.int().min(1).max(10_000).meta({ description: 'Never fewer than this many, however old.' }),
});

const tier = z.strictObject({
  schedule: z.union([cron, z.array(cron).min(1).max(24)], { error: 'must be a cron expression, or a list of them' }),
  timezone: z
    .string()
    .refine(isTimezone, 'not a time zone of the IANA database like `Europe/Vienna`')
    .default('UTC')
    .meta({ description: 'The schedule’s.' }),
  jitter: durationFrom('0s').default('0s').meta({ description: 'Each firing is late by up to this much.' }),
  rpo: durationFrom('1m').meta({ description: 'Longest time without a new verified copy; an alert is raised then.' }),
  route: z.array(name).min(1).max(8).meta({ description: 'Vaults, in the order the copies travel.' }),
  retention,
  verify: z.enum(['manifest', 'sample', 'full']).default('manifest').meta({
    description:
      'How copies in buckets are proven: by the checksums of all objects, by random parts read back, or by all bytes.',
  }),
  priority: z.int().min(1).max(5).optional().meta({ description: '1 is served first. Default: the tier’s position.' }),
  paused: z.boolean().default(false).meta({ description: 'Its schedule exists but does not fire.' }),
});

export const tiers = z
  .record(name, tier)
  .refine((all) => Object.keys(all).length > 0, 'must name at least one tier')
  .refine((all) => Object.keys(all).length <= 50, 'more than 50 tiers');
