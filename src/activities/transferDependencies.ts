import { type AwsAccess } from '../clouds/aws/awsAccess';
import { gcsBuckets } from '../clouds/gcp/gcsBuckets';
import { BufferPool } from '../transfer/bufferPool';
import { hashingThreads } from '../transfer/hashingThreads';
import { requireScheme } from './requireScheme';
import { type TransferDependencies } from './transfer';

/** Beside what the process itself and its connections take: together at most 256 MiB. */
const memoryBytes = 64 * 1024 * 1024;

/** The stores of both clouds: AWS by the fleet's roles, GCP by the client library's own chain of credentials and endpoints. */
export function transferDependencies(access: AwsAccess): TransferDependencies {
  const gcsBucket = gcsBuckets(access.plainHttp);
  return {
    openSource: (url, scope) => {
      requireScheme(url, 's3', 'exports are read from S3');
      return access.bucket(scope, url.bucket);
    },
    openTarget: (url) => {
      requireScheme(url, 'gs', 'exports are copied to Google Cloud Storage');
      return gcsBucket(url.bucket);
    },
    memory: new BufferPool(memoryBytes),
    hashing: hashingThreads(),
  };
}
