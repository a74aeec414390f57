import { Storage } from '@google-cloud/storage';
import { type PlainHttp } from '../plainHttp';
import { GcsStore } from './gcsStore';

/** Opens buckets by the client library's own chain of credentials and endpoints, which is asked when the first is needed. */
export function gcsBuckets(http: PlainHttp): (bucket: string) => GcsStore {
  let storage: Storage | undefined;
  return (bucket) => new GcsStore({ storage: (storage ??= new Storage()), bucket, http });
}
