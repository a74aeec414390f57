export { FakeCloud, type FakeCloudOptions } from './aws/fakeCloud';
export { awsError, throttling } from './aws/awsError';
export { type FakeCall, type FakeFault } from './aws/calls';
export { fakeConfiguration } from './aws/configuration';
export { type FakeDatabase, type FakeResource } from './aws/databases';
export { fakeKeyArn } from './aws/keys';
export { type FakeSnapshot, type FakeWork } from './aws/snapshots';
