import { Storage } from '@google-cloud/storage';
import { type PlainHttp } from '../plainHttp';
import { type CallListener } from '../tellCalls';
import { awsFederation } from './awsFederation';
import { GcsStore } from './gcsStore';

/**
 * Opens buckets by the client library's own chain of credentials and endpoints, which is asked when the first is needed.
 *
 * @param onCall told each call
 */
export function gcsBuckets(http: PlainHttp, onCall?: CallListener): (bucket: string) => GcsStore {
  let storage: Storage | undefined;
  const connect = () => {
    const authClient = awsFederation(process.env);
    return new Storage(authClient === undefined ? {} : { authClient });
  };
  return (bucket) => new GcsStore({ storage: (storage ??= connect()), bucket, http, onCall });
}
