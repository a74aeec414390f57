import { type Fleet, parseFleet } from '../../../../src/config';
import { knownKinds } from '../../../../src/kinds/registry';
import { fleetWith } from '../fleetText';

const now = Date.UTC(2026, 10, 21);

function warningsOf(tier: string): Fleet['warnings'] {
  const text = fleetWith('schedule: "0 * * * *"\n    rpo: 2h', tier);
  return parseFleet(text, 'fleet.yaml', { kinds: knownKinds, now }).warnings;
}

describe('a schedule', () => {
  it.each([
    ['schedule: "0 * * * *"', '1h'],
    ['schedule: "@hourly"', '1h'],
    ['schedule: "0 * * * *"\n    timezone: Europe/Vienna', '1h'],
    ['schedule: ["0 0 * * *", "0 12 * * *"]', '12h'],
    ['schedule: "0 1,3,7 * * *"', '18h'],
    ['schedule: "*/20 * * * *"', '20m'],
    ['schedule: "10/25 * * * *"', '35m'],
    ['schedule: "0 8-18 * * MON-FRI"', '62h'],
    // Both fields must match, as in Temporal: the first Monday of a month.
    ['schedule: "0 0 1-7 * mon"', '35d'],
    ['schedule: "0 0 29 2 *"', '1461d'],
    ['schedule: "30 0 * * *"\n    timezone: Europe/Vienna', '25h'],
    ['schedule: "30 0 * * 5-7"\n    timezone: UTC', '5d'],
  ])('%s keeps an rpo of %s and no shorter one', (schedule, rpo) => {
    expect(warningsOf(`${schedule}\n    rpo: ${rpo}`)).toEqual([]);
    const shorter = rpo.replace(/^\d+/, (count) => String(Number(count) - 1));
    if (shorter !== '0h') {
      expect(warningsOf(`${schedule}\n    rpo: ${shorter}`)).toMatchObject([{ path: 'tiers.critical.rpo' }]);
    }
  });

  it('at a time that clocks skip does not fire that day', () => {
    const [warning] = warningsOf('schedule: "0 2 * * *"\n    timezone: Europe/Vienna\n    rpo: 26h');
    expect(warning).toEqual({
      file: 'fleet.yaml',
      line: 14,
      column: 10,
      path: 'tiers.critical.rpo',
      message: 'shorter than the 1d23h without a firing after 2027-03-27T01:00Z, since clocks in Europe/Vienna change',
      hint: 'choose a time that clocks never skip, the zone UTC, or a longer rpo',
    });
  });

  it.each(['Etc/UTC', 'America/Argentina/Buenos_Aires', 'Asia/Kolkata', 'Etc/GMT+5'])('may be in %s', (timezone) => {
    expect(warningsOf(`schedule: "0 2 * * *"\n    timezone: ${timezone}\n    rpo: 26h`)).toEqual([]);
  });
});
