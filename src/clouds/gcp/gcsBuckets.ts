import { Storage } from '@google-cloud/storage';
import { type PlainHttp } from '../plainHttp';
import { type CallListener } from '../tellCalls';
import { GcsStore } from './gcsStore';

/**
 * Opens buckets by the client library's own chain of credentials and endpoints, which is asked when the first is needed.
 *
 * @param onCall told each call
 */
export function gcsBuckets(http: PlainHttp, onCall?: CallListener): (bucket: string) => GcsStore {
  let storage: Storage | undefined;
  return (bucket) => new GcsStore({ storage: (storage ??= new Storage()), bucket, http, onCall });
}
