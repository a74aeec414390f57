import { describeDiscovery } from '../../../conformance/discovery';
import { fakeConformance } from './fakeConformance';

// AWS makes no copies of these: Farcopy finds them to name them.
describe('the fake multi-az-cluster', () => {
  describeDiscovery(fakeConformance('multi-az-cluster'));
});
