import { readFileSync } from 'node:fs';
import { STSClient } from '@aws-sdk/client-sts';
import { AwsClient, type AwsClientOptions } from 'google-auth-library';

/**
 * Whoever Google takes this process for by its identity in AWS, where `GOOGLE_APPLICATION_CREDENTIALS` names the configuration of a
 * workload identity federation with AWS; undefined elsewhere. Google's own library finds AWS credentials in variables and in the metadata
 * of EC2 only; tasks of ECS, and pods of EKS, have theirs in other places, which the SDK of AWS knows.
 */
export function awsFederation(environment: NodeJS.ProcessEnv): AwsClient | undefined {
  const configuration = federationIn(environment.GOOGLE_APPLICATION_CREDENTIALS ?? '');
  if (configuration === null) return undefined;
  const { config } = new STSClient({});
  return new AwsClient({
    ...configuration,
    aws_security_credentials_supplier: {
      getAwsRegion: () => regionOf(config, environment),
      getAwsSecurityCredentials: async () => {
        const { accessKeyId, secretAccessKey, sessionToken } = await config.credentials();
        return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { token: sessionToken }) };
      },
    },
  });
}

/** `AWS_DEFAULT_REGION` is what Google's own library knows, and the SDK of AWS does not. */
async function regionOf({ region }: STSClient['config'], environment: NodeJS.ProcessEnv): Promise<string> {
  try {
    return await region();
  } catch (error) {
    if (environment.AWS_DEFAULT_REGION === undefined) throw error;
    return environment.AWS_DEFAULT_REGION;
  }
}

/** Where Google has its own library ask who this is; a file that says something else (FIPS, China) is left to that library. */
const usualVerification = 'https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15';

/** Null of a file of another kind, and of one that cannot be read: Google's library says what is wrong with that. */
function federationIn(file: string): Omit<AwsClientOptions, 'credential_source'> | null {
  try {
    const { credential_source: source, ...others } = JSON.parse(readFileSync(file, 'utf8')) as AwsClientOptions;
    const isOfAws = others.type === 'external_account' && source?.environment_id.startsWith('aws') === true;
    return isOfAws && source.regional_cred_verification_url === usualVerification ? others : null;
  } catch {
    return null;
  }
}
