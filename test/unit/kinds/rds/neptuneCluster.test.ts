import { describeKind } from '../../../conformance/kind';
import { describeRdsDatabases } from '../../../conformance/rdsDatabases';
import { fakeConformance } from './fakeConformance';

describeKind(fakeConformance('neptune-cluster'));
describeRdsDatabases(fakeConformance('neptune-cluster'));
