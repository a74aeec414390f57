import { describeKind } from '../../../conformance/kind';
import { describeRdsDatabases } from '../../../conformance/rdsDatabases';
import { fakeConformance } from './fakeConformance';

describeKind(fakeConformance('rds-instance'));
describeRdsDatabases(fakeConformance('rds-instance'));
