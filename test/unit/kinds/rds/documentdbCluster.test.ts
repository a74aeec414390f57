import { describeKind } from '../../../conformance/kind';
import { describeRdsDatabases } from '../../../conformance/rdsDatabases';
import { fakeConformance } from './fakeConformance';

describeKind(fakeConformance('documentdb-cluster'));
describeRdsDatabases(fakeConformance('documentdb-cluster'));
