import { objectStoreConformance } from '../../conformance/objectStore';
import { FakeObjectStore } from '../../fakes/objectStore';

describe('the bucket in memory', () => {
  objectStoreConformance(async () => ({
    store: new FakeObjectStore(),
    tellsMissing: true,
    checksChecksums: true,
    checksComposePreconditions: true,
  }));
});
