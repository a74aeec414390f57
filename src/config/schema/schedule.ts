import { z } from 'zod';
import { calendarCrons, monthNames, weekdayNames } from '../schedule/calendar';
import { CronError, parseCron } from '../schedule/cron';
import { neverFires } from '../schedule/scheduleGap';
import { isTimezone } from '../schedule/timezone';

export const cron = z
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

const timeRule = 'not a time like `02:30`';
const clock = '([01]\\d|2[0-3]):[0-5]\\d';
export const timePattern = new RegExp(`^${clock}$`);
const time = z
  .string({ error: `${timeRule}: put it in quotes` })
  .regex(timePattern, timeRule)
  .meta({ examples: ['02:30'] });

/** One value or a list of them: whatever is wrong is told where it stands. */
function oneOrMore<T extends z.ZodType>(one: T, what: string) {
  return z.union([one, z.array(one).min(1).max(31)], { error: `must be ${what}, or a list of them` });
}

const oneOf = (names: readonly string[]) => `(${names.join('|')})`;
const rangePattern = (name: string) => new RegExp(`^${name}(-${name})?$`);

export const days = oneOrMore(
  z.string().regex(rangePattern(oneOf(weekdayNames)), `not a day like \`mon\` or \`mon-fri\``),
  'a day like `mon` or `mon-fri`',
).meta({ description: 'Days of the week. Default: all.' });

const dayOfMonth = z.union(
  [
    z.int().min(1).max(31),
    z
      .string()
      .regex(/^([1-9]|[12]\d|3[01])(-([1-9]|[12]\d|3[01]))?$/, 'not a day of the month like 1 or `1-7`')
      .refine((text) => {
        const [from = 0, to = from] = text.split('-').map(Number);
        return from <= to;
      }, 'runs backwards'),
  ],
  { error: 'must be a day of the month like 1 or `1-7`' },
);

const calendar = z
  .strictObject({
    at: oneOrMore(time, 'a time like `02:30`').meta({ description: 'Times of the day, in the time zone.' }),
    days: days.optional(),
    daysOfMonth: oneOrMore(dayOfMonth, 'a day of the month like 1 or `1-7`')
      .optional()
      .meta({ description: 'Default: all. Where `days` is given too, both must match.' }),
    months: oneOrMore(
      z.string().regex(rangePattern(oneOf(monthNames)), `not a month like \`jan\` or \`jan-mar\``),
      'a month like `jan` or `jan-mar`',
    )
      .optional()
      .meta({ description: 'Default: all.' }),
  })
  .superRefine((written, context) => {
    if (context.issues.length === 0 && calendarCrons(written).map(parseCron).every(neverFires))
      context.addIssue('this schedule never fires: its dates do not exist');
  })
  .meta({ description: 'Times of some days.', examples: [{ at: '02:30', days: ['mon', 'wed'] }] });

const firing = z.union([cron, calendar], { error: 'must be a cron expression, or a calendar like {at: "02:30"}' });

export const schedule = z.union([cron, calendar, z.array(firing).min(1).max(24)], {
  error: 'must be a cron expression, a calendar like {at: "02:30"}, or a list of them',
});

/** What is written, as cron expressions. */
export function cronsOf(written: z.output<typeof schedule>): string[] {
  return [...new Set([written].flat().flatMap((one) => (typeof one === 'string' ? [one] : calendarCrons(one))))];
}

export const timezone = z.string().refine(isTimezone, 'not a time zone of the IANA database like `Europe/Vienna`');
