import { requireWhole } from '../../../../src/core/drill/drillOutcome';

test.each([
  null,
  {},
  {
    fleet: 'panda',
    tier: 'critical',
    resource: 'shop',
    connect: null,
    drill: { to: null, checks: null, readsAll: true },
  },
])('an input of a drill like %j is refused, and tried no more', (input) => {
  expect(() => requireWhole(input as never)).toThrow('the input lacks');
});
