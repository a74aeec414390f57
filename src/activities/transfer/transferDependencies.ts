import { type AwsAccess } from '../../clouds/aws/awsAccess';
import { BufferPool } from '../../transfer/bufferPool';
import { hashingThreads } from '../../transfer/hashing/hashingThreads';
import { requireScheme } from '../restore/requireScheme';
import { type TransferDependencies } from './transfer';
import { type VaultBuckets } from './vaultBuckets';

/** Beside what the process itself and its connections take: together at most 256 MiB. */
const memoryBytes = 64 * 1024 * 1024;

/** Exports by the role of the vault account they are made in, and what they are copied to as its vault says. */
export function transferDependencies(access: AwsAccess, { keeping }: VaultBuckets): TransferDependencies {
  return {
    openSource: (url, scope) => {
      requireScheme(url, 's3', 'exports are read from S3');
      return access.bucket(scope, url.bucket);
    },
    openTarget: keeping,
    memory: new BufferPool(memoryBytes),
    hashing: hashingThreads(),
  };
}
