import { S3Client } from '@aws-sdk/client-s3';
import { Storage } from '@google-cloud/storage';
import { AwsAccess } from '../../src/clouds/aws/awsAccess';
import { S3Store } from '../../src/clouds/aws/s3/s3Store';
import { GcsStore } from '../../src/clouds/gcp/gcsStore';
import { PlainHttp } from '../../src/clouds/plainHttp';

/** Our own adapters to a source and a sink; any bucket will do. */
export function storesOf(source: { readonly endpoint: string }, sink: { readonly endpoint: string }) {
  const http = new PlainHttp();
  const client = new S3Client({
    endpoint: source.endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'any' },
    forcePathStyle: true,
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const storage = new Storage({ apiEndpoint: sink.endpoint, projectId: 'bench' });
  return {
    source: new S3Store({
      client,
      bucket: 'exports',
      scope: { account: '111111111111', region: 'eu-west-1', access: 'vault' },
      http,
    }),
    target: new GcsStore({ storage, bucket: 'backups', http }),
    close() {
      http.close();
      client.destroy();
    },
  };
}

/**
 * As {@link storesOf}, with credentials as farcopy itself gets them: an assumed role, and whatever Google's library finds in
 * the environment.
 */
export function storesWithCredentials(sink: { readonly endpoint: string }) {
  const access = new AwsAccess({
    roleArnOf: (kind, account) => `arn:aws:iam::${account}:role/farcopy-${kind}`,
    sessionName: 'bench',
  });
  const storage = new Storage({ apiEndpoint: sink.endpoint, projectId: 'bench', useAuthWithCustomEndpoint: true });
  return {
    source: access.bucket({ account: '111111111111', region: 'eu-west-1', access: 'vault' }, 'exports'),
    target: new GcsStore({ storage, bucket: 'backups', http: access.plainHttp }),
    close: () => access.close(),
  };
}
