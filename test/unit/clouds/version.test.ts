import { version } from '../../../src/core/version';
import manifest from '../../../package.json';

it('the version in the user agent is the package’s', () => {
  expect(version).toBe(manifest.version);
});
