import { isAllowed, licenceOf } from '../../../scripts/licences';
import { productionManifests, productionPackages } from '../../../scripts/productionPackages';

test('every package of a production install has a licence that is allowed', () => {
  const refused = productionPackages().filter((found) => !isAllowed(licenceOf(found) ?? 'none'));
  expect(refused).toEqual([]);
});

test.each([
  ['MIT', true],
  ['Apache-2.0 AND MIT', true],
  ['MIT AND GPL-3.0-only', false],
  ['(GPL-3.0-only OR MIT)', true],
  ['AGPL-3.0-only', false],
  ['none', false],
])('%s: allowed is %s', (licence, allowed) => {
  expect(isAllowed(licence)).toBe(allowed);
});

test('what production shares with development is a package of production, what only tests need is none', () => {
  const names = productionPackages().map(({ name }) => name);
  // The SDK depends on it, and so do tests.
  expect(names).toContain('@temporalio/proto');
  expect(names).not.toContain('jest');
  expect(productionManifests().lock.packages['']).not.toHaveProperty('devDependencies');
});
