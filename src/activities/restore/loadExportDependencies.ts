import { type AwsAccess } from '../../clouds/aws/awsAccess';
import { applicationFailure } from '../../core/applicationFailure';
import { failureTypes } from '../../core/failure';
import { type LoadExportDependencies } from './loadExport';
import { placeOfSecret, readSecret } from '../../clouds/aws/readSecret';
import { type Fleet } from '../../config';
import { type VaultListings } from '../catalogue/vaultListings';
import { type VaultBuckets } from '../transfer/vaultBuckets';
import { namedServers } from './serverPassword';

/** Buckets as their vaults say; secrets by the role that restores. */
export function loadExportDependencies(
  fleet: Pick<Fleet, 'tiers'>,
  access: AwsAccess,
  { reading }: VaultBuckets,
  vaults: Pick<VaultListings, 'signatures'>,
): LoadExportDependencies {
  return {
    signatures: (resource) => vaults.signatures(resource),
    openStore: async (url) => reading(url),
    servers: namedServers(fleet),
    ownPassword: process.env.PGPASSWORD,
    readSecret: async (arn, signal) => {
      const place = placeOfSecret(arn);
      if (place === null) throw applicationFailure(failureTypes.invalidInput, `${arn} is not the ARN of a secret`);
      return readSecret(access, arn, { ...place, access: 'restore' }, signal);
    },
  };
}
