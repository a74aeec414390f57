import { Storage } from '@google-cloud/storage';
import { type AwsKeyPair } from '../seed/emulatorControl';
import { gcsProject } from '../seed/sandboxAccounts';
import { AwsClouds } from './awsClouds';
import { type RouteClouds, type SeenBucket } from './clouds';

/** AWS as its SDK shows it to a visitor, and Google Cloud Storage as Google's own client does. */
export class BothClouds extends AwsClouds implements RouteClouds {
  private readonly storage: Storage;

  constructor({ awsEndpoint, gcsEndpoint }: { awsEndpoint: string; gcsEndpoint: string }, keys: AwsKeyPair) {
    super(awsEndpoint, keys);
    this.storage = new Storage({ apiEndpoint: gcsEndpoint, projectId: gcsProject });
  }

  gcsBucket(name: string): SeenBucket {
    const bucket = this.storage.bucket(name);
    return {
      async objects() {
        const [files] = await bucket.getFiles();
        return files.map(({ name: key, metadata: { size, crc32c } }) => ({
          key,
          bytes: Number(size),
          crc32c: crc32c === undefined ? null : Buffer.from(crc32c, 'base64').toString('hex'),
        }));
      },
      async read(key) {
        const [content] = await bucket.file(key).download();
        return content;
      },
    };
  }
}
