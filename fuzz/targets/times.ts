import { parseCron } from '../../src/config/schedule/cron';
import { longestGap, neverFires } from '../../src/config/schedule/scheduleGap';
import { isTimezone, offsetMinutes } from '../../src/config/schedule/timezone';
import { parseBandwidth } from '../../src/config/schema/scalars';
import { formatDuration, parseDuration } from '../../src/core/duration';
import { scheduledTimeLabel } from '../../src/core/naming';
import { fc, mutatedText, text } from '../inputs';
import { ensure, refusedOr, target } from '../target';

const field = fc.oneof(
  fc.constantFrom(
    '*',
    '*/5',
    '0',
    '59',
    '60',
    '1-5',
    '5-1',
    '1,2,3',
    'MON',
    'JAN-MAR',
    '*/0',
    '*/99999',
    '1-',
    '?',
    'L',
    '31',
    '30',
    '2',
  ),
  text,
);
const cron = fc.oneof(
  fc.array(field, { minLength: 4, maxLength: 7 }).map((fields) => fields.join(' ')),
  fc.constantFrom('@daily', '@hourly', '@every 5m', '@reboot', '0 0 31 2 *', '0 0 29 2 *'),
  mutatedText('*/15 2 * * 1-5'),
);
const zone = fc.oneof(
  fc.constantFrom('UTC', 'Europe/Vienna', 'Pacific/Apia', 'America/St_Johns', 'Asia/Kathmandu'),
  text,
);

/** Cron expressions in time zones. */
export const schedules = target('schedules', fc.tuple(cron, zone), async ([written, timezone]) => {
  const times = await refusedOr(() => parseCron(written));
  if (!isTimezone(timezone)) return;
  offsetMinutes(timezone, 0);
  if (times === undefined || neverFires(times)) return;
  const { seconds } = longestGap(
    { schedule: [written], timezone, jitterSeconds: 0, blackout: [] },
    Date.parse('2026-11-21T00:00:00Z'),
  );
  ensure(Number.isFinite(seconds) && seconds >= 0, `a gap of ${seconds} s`);
});

/** Durations, bandwidths and times as people write them. */
export const durations = target(
  'durations',
  fc.oneof(text, mutatedText('1w2d3h4m5s'), mutatedText('2.5MiB/s'), mutatedText('2026-11-21T02:00:00Z')),
  (written) => {
    const seconds = parseDuration(written);
    if (seconds !== null) {
      ensure(Number.isSafeInteger(seconds) && seconds >= 0, `${seconds} s`);
      ensure(parseDuration(formatDuration(seconds)) === seconds, `${formatDuration(seconds)} is not ${seconds} s`);
    }
    const bytes = parseBandwidth(written);
    ensure(bytes === undefined || Number.isSafeInteger(bytes), `${bytes} bytes a second`);
    if (!Number.isNaN(Date.parse(written))) scheduledTimeLabel(written);
  },
);
