import { describeKind } from '../../../conformance/kind';
import { describeRdsDatabases } from '../../../conformance/rdsDatabases';
import { fakeConformance } from './fakeConformance';

describeKind(fakeConformance('aurora-cluster'));
describeRdsDatabases(fakeConformance('aurora-cluster'));
