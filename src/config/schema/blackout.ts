import { z } from 'zod';
import { type BlackoutWindow, localText } from '../schedule/blackout';
import { dateMs, minuteOf, weekdaysOf } from '../schedule/calendar';
import { days, timePattern } from './schedule';

const datePattern = /^\d{4}-\d{2}-\d{2}( ([01]\d|2[0-3]):[0-5]\d)?$/;
const momentPattern = new RegExp(`${timePattern.source}|${datePattern.source}`);
const endPattern = new RegExp(`${momentPattern.source}|^24:00$`);
const momentRule = 'neither a time like `08:00` nor a date like `2026-12-24` or `2026-12-24 18:00`';
const longestDays = 366;
const dayMs = 86_400_000;

const window = z
  .strictObject({
    from: z.string().regex(momentPattern, momentRule).meta({ description: 'A time of the day, or a date.' }),
    to: z.string().regex(endPattern, momentRule).meta({
      description: 'Of the same form as `from`. A time that is not later is of the next day; a date counts as a whole.',
    }),
    days: days.optional().meta({ description: 'On which a window by times begins. Default: every day.' }),
  })
  .superRefine(({ from, to, days: weekdays }, context) => {
    if (context.issues.length > 0) return;
    const refuse = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message });
    if (!datePattern.test(from)) {
      if (datePattern.test(to)) return refuse('to', 'is a date, but `from` is a time of the day');
      if (from === to) return refuse('to', 'is when it begins: the whole day is 00:00 to 24:00');
      return;
    }
    if (!datePattern.test(to)) return refuse('to', 'is a time of the day, but `from` is a date');
    if (weekdays !== undefined) return refuse('days', 'goes with times of the day, not with dates');
    const [begin, end] = [dateMs(from), endOf(to)];
    if (Number.isNaN(begin)) return refuse('from', 'no such date');
    if (Number.isNaN(end)) return refuse('to', 'no such date');
    if (end <= begin) return refuse('to', 'is not after `from`');
    if (end - begin > longestDays * dayMs) return refuse('to', `is more than ${longestDays} days after \`from\``);
  })
  .meta({
    examples: [
      { from: '08:00', to: '18:00', days: ['mon-fri'] },
      { from: '2026-12-24', to: '2026-12-27' },
    ],
  });

export const blackout = z
  .array(window, { error: 'must be a list of windows like {from: "08:00", to: "18:00", days: [mon-fri]}' })
  .max(50);

/** What is written, resolved. */
export function windowOf({ from, to, days: weekdays }: z.output<typeof window>): BlackoutWindow {
  if (datePattern.test(from)) return { from: localText(dateMs(from)), to: localText(endOf(to)) };
  const fromMinute = minuteOf(from);
  const toMinute = minuteOf(to);
  return {
    days: weekdays === undefined ? weekdaysOf(['sun-sat']) : weekdaysOf([weekdays].flat()),
    fromMinute,
    toMinute: toMinute > fromMinute ? toMinute : toMinute + 24 * 60,
  };
}

/** A date without a time is within the window. */
function endOf(to: string): number {
  return dateMs(to) + (to.includes(' ') ? 0 : dayMs);
}
