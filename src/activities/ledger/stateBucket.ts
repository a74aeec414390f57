import { type AwsAccess } from '../../clouds/aws/awsAccess';
import { gcsBuckets } from '../../clouds/gcp/gcsBuckets';
import { type ObjectStore } from '../../clouds/objectStore';
import { type Fleet, type StateBucket } from '../../config';
import { type BucketUrl, parseBucketUrl } from '../../core/catalogue/bucket';
import { type Scope } from '../../core/catalogue/copy';

export interface OpenedState {
  readonly url: BucketUrl;
  readonly store: ObjectStore;
  readonly lock: StateBucket['lock'];
}

/** The bucket that the fleet file names as `state`, whatever a message says; null where it names none. */
export function openState({ state }: Pick<Fleet, 'state'>, access: AwsAccess): OpenedState | null {
  if (state === null) return null;
  const url = parseBucketUrl(state.bucket);
  if (url === null) throw new Error(`${state.bucket}: not the URL of a bucket`);
  const scope = stateScope(state);
  const store =
    scope === null ? gcsBuckets(access.plainHttp, access.onCall)(url.bucket) : access.bucket(scope, url.bucket);
  return { url, store, lock: state.lock };
}

/** As whom a bucket of S3 is reached; null: it is of another cloud. */
export function stateScope({ home }: StateBucket): Scope | null {
  return home === null ? null : { account: home.account, region: home.region, access: 'state' };
}
