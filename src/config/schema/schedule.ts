import { z } from 'zod';
import { CronError, parseCron } from '../schedule/cron';
import { neverFires } from '../schedule/scheduleGap';
import { isTimezone } from '../schedule/timezone';

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
  .meta({
    description: 'Minute, hour, day of month, month, day of week; or @hourly, @daily, …',
    examples: ['0 * * * *'],
  });

export const schedule = z.union([cron, z.array(cron).min(1).max(24)], {
  error: 'must be a cron expression, or a list of them',
});

export const timezone = z.string().refine(isTimezone, 'not a time zone of the IANA database like `Europe/Vienna`');
