import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { Storage } from '@google-cloud/storage';
import { provision } from '../../../sandbox/provision';
import { startAwsEmulator, startGcsEmulator } from '../../../sandbox/servers';
import { S3Store } from '../../../src/clouds/aws/s3/s3Store';
import { GcsStore } from '../../../src/clouds/gcp/gcsStore';
import { PlainHttp } from '../../../src/clouds/plainHttp';

export interface EmulatedStores {
  readonly s3: S3Store;
  readonly s3WithoutBucket: S3Store;
  readonly gcs: GcsStore;
  readonly gcsWithoutBucket: GcsStore;
  readonly client: S3Client;
  readonly sourceBucket: string;
  stop(): Promise<void>;
}

/** Both clouds' object stores, as their emulators have them. */
export async function startEmulatedStores(): Promise<EmulatedStores> {
  const servers = await provision(['aws-emulator', 'gcs-emulator']);
  const folder = await mkdtemp(join(tmpdir(), 'farcopy-test-'));
  const [aws, gcs] = await Promise.all([
    startAwsEmulator({ path: servers['aws-emulator'].path, logFile: join(folder, 'aws.log') }),
    startGcsEmulator({ path: servers['gcs-emulator'].path, logFile: join(folder, 'gcs.log') }),
  ]);
  const http = new PlainHttp({});
  const client = new S3Client({
    endpoint: aws.endpoint,
    region: 'eu-west-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const storage = new Storage({ apiEndpoint: gcs.endpoint, projectId: 'panda' });
  const sourceBucket = 'panda-exports';
  await client.send(
    new CreateBucketCommand({
      Bucket: sourceBucket,
      CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' },
    }),
  );
  await storage.createBucket('panda-backups');
  const scope = { account: '111111111111', region: 'eu-west-1', access: 'vault' } as const;
  return {
    s3: new S3Store({ client, bucket: sourceBucket, scope, http }),
    s3WithoutBucket: new S3Store({ client, bucket: 'no-such-bucket', scope, http }),
    gcs: new GcsStore({ storage, bucket: 'panda-backups', http }),
    gcsWithoutBucket: new GcsStore({ storage, bucket: 'no-such-bucket', http }),
    client,
    sourceBucket,
    async stop() {
      http.close();
      client.destroy();
      await Promise.all([aws.stop(), gcs.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
