import { Storage } from '@google-cloud/storage';
import { type AwsAccess } from '../clouds/aws/awsAccess';
import { S3Store } from '../clouds/aws/s3Store';
import { GcsStore } from '../clouds/gcp/gcsStore';
import { PlainHttp } from '../clouds/plainHttp';
import { applicationFailure } from '../core/applicationFailure';
import { type BucketUrl, formatBucketUrl } from '../core/bucket';
import { failureTypes } from '../core/failure';
import { BufferPool } from '../transfer/bufferPool';
import { type TransferDependencies } from './transfer';

/** Beside what the process itself and its connections take: together at most 256 MiB. */
const memoryBytes = 96 * 1024 * 1024;

/** The stores of both clouds: AWS by the fleet's roles, GCP by the client library's own chain of credentials and endpoints. */
export function transferDependencies(access: AwsAccess): TransferDependencies {
  const http = new PlainHttp();
  let storage: Storage | undefined;
  return {
    openSource: (url, scope) => {
      requireScheme(url, 's3', 'exports are read from S3');
      return new S3Store({ client: access.s3(scope), bucket: url.bucket, scope, http });
    },
    openTarget: (url) => {
      requireScheme(url, 'gs', 'exports are copied to Google Cloud Storage');
      return new GcsStore({ storage: (storage ??= new Storage()), bucket: url.bucket, http });
    },
    memory: new BufferPool(memoryBytes),
  };
}

function requireScheme(url: BucketUrl, scheme: BucketUrl['scheme'], why: string): void {
  if (url.scheme !== scheme)
    throw applicationFailure(failureTypes.configuration, `${formatBucketUrl(url)}: ${why}, ${scheme}://…`);
}
