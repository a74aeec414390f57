import { type AwsAccess } from '../clouds/aws/awsAccess';
import { gcsBuckets } from '../clouds/gcp/gcsBuckets';
import { applicationFailure } from '../core/applicationFailure';
import { failureTypes } from '../core/failure';
import { type LoadExportDependencies } from './loadExport';
import { placeOfSecret, readSecret } from './readSecret';
import { requireScheme } from './requireScheme';

/** Buckets of GCP by the client library's own chain of credentials; secrets by the role that restores. */
export function loadExportDependencies(access: AwsAccess): LoadExportDependencies {
  const gcsBucket = gcsBuckets(access.plainHttp);
  return {
    openStore: async (url) => {
      requireScheme(url, 'gs', 'exports are restored from Google Cloud Storage');
      return gcsBucket(url.bucket);
    },
    readSecret: async (arn, signal) => {
      const place = placeOfSecret(arn);
      if (place === null) throw applicationFailure(failureTypes.invalidInput, `${arn} is not the ARN of a secret`);
      return readSecret(access, arn, { ...place, access: 'restore' }, signal);
    },
  };
}
