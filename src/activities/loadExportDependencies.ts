import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { type AwsAccess } from '../clouds/aws/awsAccess';
import { awsCall } from '../clouds/aws/awsFailure';
import { gcsBuckets } from '../clouds/gcp/gcsBuckets';
import { applicationFailure } from '../core/applicationFailure';
import { type Scope } from '../core/copy';
import { failureTypes } from '../core/failure';
import { type LoadExportDependencies } from './loadExport';
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
      const [, region, account] = /^arn:[^:]+:secretsmanager:([^:]+):(\d{12}):secret:/.exec(arn) ?? [];
      if (account === undefined || region === undefined)
        throw applicationFailure(failureTypes.invalidInput, `${arn} is not the ARN of a secret`);
      const scope: Scope = { account, region, access: 'restore' };
      const call = { subject: `secret ${arn}`, ...scope, action: 'secretsmanager:GetSecretValue' };
      const { SecretString } = await awsCall(call, signal, () =>
        access.secretsManager(scope).send(new GetSecretValueCommand({ SecretId: arn }), { abortSignal: signal }),
      );
      if (SecretString === undefined) throw applicationFailure(failureTypes.configuration, `${arn} holds no text`);
      return SecretString;
    },
  };
}
