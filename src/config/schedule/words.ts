import { type BlackoutWindow } from './blackout';
import { monthNames, weekdayNames } from './calendar';
import { parseCron } from './cron';

/** More times of a day than this read worse than the expression itself. */
const mostTimes = 6;

/** A cron expression in words: `02:30 on Mon–Fri`, `every hour at :00`; itself where words would be longer than it. */
export function cronWords(text: string): string {
  const { minutesOfDay, daysOfMonth, months, daysOfWeek, runsInRealTime } = parseCron(text);
  const minutes = [...new Set(minutesOfDay.map((minute) => minute % 60))];
  const hours = new Set(minutesOfDay.map((minute) => Math.floor(minute / 60)));
  const isHourly = runsInRealTime && hours.size === 24;
  if ((isHourly ? minutes : minutesOfDay).length > mostTimes && stepOf(minutes) === null) return text;
  if (!isHourly && minutesOfDay.length > mostTimes) return text;
  const times = isHourly ? hourlyWords(minutes) : listed(minutesOfDay.map(clockText));
  const ofWeek = daysOfWeek.size === 7 ? '' : ` on ${daysText([...daysOfWeek])}`;
  const ofMonth = daysOfMonth.size === 31 ? '' : ` on ${spansText([...daysOfMonth], String)} of the month`;
  const ofYear = months.size === 12 ? '' : ` in ${spansText([...months], (month) => capital(monthNames[month - 1]))}`;
  return `${times}${ofWeek}${ofMonth}${ofYear}`;
}

/** A window in words: `08:00–18:00 on Mon–Fri`, `2026-12-24 00:00 – 2026-12-28 00:00`. */
export function windowWords(window: BlackoutWindow): string {
  if ('days' in window) {
    const { days, fromMinute, toMinute } = window;
    const to = toMinute > 1440 ? toMinute - 1440 : toMinute;
    const when = days.length === 7 ? '' : ` on ${daysText(days)}`;
    return `${clockText(fromMinute)}–${clockText(to)}${when}`;
  }
  return `${window.from.replace('T', ' ')} – ${window.to.replace('T', ' ')}`;
}

function hourlyWords(minutes: readonly number[]): string {
  const step = stepOf(minutes);
  if (step === 1) return 'every minute';
  if (step !== null && step < 60) return `every ${step} minutes`;
  return `every hour at ${listed(minutes.map((minute) => `:${padded(minute)}`))}`;
}

/** Of minutes that go round the hour evenly from its beginning. */
function stepOf(minutes: readonly number[]): number | null {
  const step = 60 / minutes.length;
  return minutes.every((minute, i) => minute === i * step) ? step : null;
}

function daysText(days: readonly number[]): string {
  // The week of people begins on Monday.
  return spansText(
    days.map((day) => (day + 6) % 7),
    (day) => capital(weekdayNames[(day + 1) % 7]),
  );
}

/** Neighbours of three and more as a span: `1–7 and 15`. */
function spansText(numbers: readonly number[], text: (one: number) => string): string {
  const spans: [number, number][] = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = spans.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else spans.push([number, number]);
  }
  return listed(
    spans.flatMap(([from, to]) => {
      if (to - from >= 2) return [`${text(from)}–${text(to)}`];
      return from === to ? [text(from)] : [text(from), text(to)];
    }),
  );
}

function listed(texts: readonly string[]): string {
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1) ?? ''}`;
}

const clockText = (minuteOfDay: number) => `${padded(Math.floor(minuteOfDay / 60))}:${padded(minuteOfDay % 60)}`;
const padded = (number: number) => String(number).padStart(2, '0');
const capital = (name = '') => name.slice(0, 1).toUpperCase() + name.slice(1);
