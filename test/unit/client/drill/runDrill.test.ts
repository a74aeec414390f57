import { changedDrill, chooseDrill } from '../../../../src/client/drill/runDrill';
import { fleetOf } from '../fleet';

const tierText = (name: string, drills: string) =>
  `  ${name}: {schedule: "0 2 * * *", rpo: 26h, route: [secure, secure-dr], retention: {minimum: 2}, drills: {${drills}}}`;
const to = '{read: none, to: {account: "333333333333", region: eu-west-1}}';
const fleet = fleetOf(
  '',
  [tierText('standard', `weekly: ${to}, daily: ${to}`), tierText('critical', `weekly: ${to}`)].join('\n'),
);

test('a drill is chosen by its name, and by its tier where several have one of that name', () => {
  expect(chooseDrill(fleet, 'daily').tier.name).toBe('standard');
  expect(chooseDrill(fleet, 'weekly', 'critical').tier.name).toBe('critical');
});

test.each([
  ['a name that is mistyped', 'dayly', undefined, 'there is no drill dayly in the fleet file', 'did you mean `daily`?'],
  ['a tier that is mistyped', 'weekly', 'critcal', 'there is no tier critcal', 'did you mean `critical`?'],
  ['a name of two tiers', 'weekly', undefined, '2 tiers have a drill weekly', 'name one by --tier: standard, critical'],
])('%s is told, with what to do', (_, name, tier, message, hint) => {
  expect(() => chooseDrill(fleet, name, tier)).toThrow(expect.objectContaining({ message, hint }) as Error);
});

test('another place is taken when it is on the route of the tier, and fits the target', () => {
  const chosen = chooseDrill(fleet, 'daily');
  expect(changedDrill(chosen, { from: 'secure-dr', random: true })).toMatchObject({
    from: 'secure-dr',
    point: 'random',
  });
  expect(changedDrill(chosen, {})).toEqual(chosen.drill);
  expect(() => changedDrill(chosen, { from: 'secure-rd' })).toThrow('secure-rd is not on the route of tier standard');
});
