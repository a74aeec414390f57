/* eslint-disable jest/no-export -- a suite, run by the test files of each kind */
import { describeBundle } from './bundle';
import { describeCopies } from './copies';
import { describeDiscovery } from './discovery';
import { type Conformance } from './kindWorld';
import { describeLeftovers } from './leftovers';
import { describeLimits } from './limits';
import { describePlans } from './plans';
import { describeRestore } from './restore';
import { describeSharing } from './sharing';

/** What every kind must do, whatever it talks to: a core suite, and one for each ability it has. */
export function describeKind(conformance: Conformance): void {
  describe(`${conformance.name} as a kind`, () => {
    describeDiscovery(conformance);
    describePlans(conformance);
    describeLimits(conformance);
    describeCopies(conformance);
    describeSharing(conformance);
    describeRestore(conformance);
    describeBundle(conformance);
    describeLeftovers(conformance);
  });
}
