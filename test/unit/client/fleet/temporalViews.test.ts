import { temporalViews, viewColumns } from '../../../../src/client/fleet/temporalViews';
import { TemporalUi } from '../../../../src/client/temporalUi';
import { searchAttributes } from '../../../../src/core/searchAttributes';

const [all, ...others] = temporalViews('panda', new TemporalUi('', 'default'));

test('the list of a fleet opens by a link that any UI of Temporal understands', () => {
  expect(all?.link).toBe('/namespaces/default/workflows?query=FarcopyFleet%3D%22panda%22&savedQuery=panda');
  for (const { link, query } of others) expect(new URL(link, 'http://ui').searchParams.get('query')).toBe(query);
});

test('every list is of this fleet only, and asks for nothing that is not registered', () => {
  const known = Object.values(searchAttributes).map(({ name }) => name);
  for (const { query } of others) {
    expect(query).toContain('FarcopyFleet="panda"');
    for (const [name] of query.matchAll(/Farcopy\w+/g)) expect(known).toContain(name);
  }
  expect(known).toEqual(expect.arrayContaining([...viewColumns]));
});
