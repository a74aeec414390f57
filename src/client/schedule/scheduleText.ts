import { type BlackoutWindow, type ClockNights, cronWords, windowWords } from '../../config';
import { formatDuration } from '../../core/duration';
import { type ScheduleSettings } from './scheduleSettings';
import { type SettingChange } from '../fleet/scheduleDifference';

/** When a schedule fires, in words: `02:30 on Mon–Fri (Europe/Vienna, up to 5m late), not 08:00–18:00`. */
export function scheduleText({
  cron,
  timezone,
  jitterSeconds,
  paused,
  blackout = [],
}: Pick<ScheduleSettings, 'cron' | 'timezone' | 'jitterSeconds' | 'paused' | 'blackout'>): string {
  const jitter = jitterSeconds > 0 ? `, up to ${formatDuration(jitterSeconds)} late` : '';
  const held = blackout.length > 0 ? `, not ${windowsText(blackout)}` : '';
  return `${cronsText(cron)} (${timezone}${jitter})${held}${paused ? ', paused' : ''}`;
}

/** What becomes different. */
export function settingText({ setting, from, to }: SettingChange): string {
  const { name, text } = wordsOf[setting] ?? { name: setting, text: plainText };
  return `${name}: ${valueText(from, text)} → ${valueText(to, text)}`;
}

const cronsText = (crons: readonly string[]) => crons.map(cronWords).join(' and ');
const windowsText = (windows: readonly BlackoutWindow[]) => windows.map(windowWords).join(' and ');
const plainText = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
const secondsText = (value: unknown) => formatDuration(Number(value));

/** The settings that people know by other words. */
const wordsOf: Readonly<
  Record<string, { readonly name: string; readonly text: (value: unknown) => string } | undefined>
> = {
  cron: { name: 'schedule', text: (value) => cronsText(value as readonly string[]) },
  jitterSeconds: { name: 'jitter', text: secondsText },
  catchupSeconds: { name: 'missed firings are made up for', text: secondsText },
  pollSeconds: { name: 'polls', text: secondsText },
  blackout: { name: 'blackout', text: (value) => windowsText(value as readonly BlackoutWindow[]) },
  clockNights: { name: 'changes of clocks foreseen', text: (value) => `until ${(value as ClockNights).until}` },
};

function valueText(value: unknown, text: (value: unknown) => string): string {
  if (value === undefined || value === null) return 'none';
  try {
    return text(value);
  } catch {
    // A schedule's memo may hold anything.
    return plainText(value);
  }
}
