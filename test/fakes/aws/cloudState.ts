import { FakeObjectStore } from '../objectStore';
import { type FakeCalls } from './calls';
import { type FakeDatabases } from './databases';
import { type FakeExports } from './exports';
import { type FakeGroups } from './groups';
import { type FakeSnapshots } from './snapshots';

/** What KMS knows of a key that is lent. */
export interface FakeGrant {
  readonly KeyId: string;
  readonly GranteePrincipal: string;
  readonly Name: string;
}

/** Everything that the fake AWS keeps: what the calls of clients read and change. */
export interface CloudState {
  readonly now: () => number;
  readonly singleStepCopy: boolean;
  readonly calls: FakeCalls;
  readonly snapshots: FakeSnapshots;
  readonly databases: FakeDatabases;
  readonly groups: FakeGroups;
  readonly exports: FakeExports;
  /** Keys and the accounts that may not use them, as `arn account`. */
  readonly forbidden: Set<string>;
  /** Keys that are lent, by the ids of the grants. */
  readonly grants: Map<string, FakeGrant>;
  readonly buckets: Map<string, FakeObjectStore>;
}

/** A bucket is there as soon as it is named. */
export function bucketOf({ buckets }: CloudState, name: string): FakeObjectStore {
  let found = buckets.get(name);
  if (found === undefined) buckets.set(name, (found = new FakeObjectStore()));
  return found;
}
