import { type S3Client } from '@aws-sdk/client-s3';

/**
 * Has a client address buckets as its endpoint can answer for them: in AWS by host names of their own. Where variables or the
 * configuration file lead elsewhere (`AWS_ENDPOINT_URL`, `endpoint_url`), in the path: names for its buckets are what a host of one's
 * own seldom has, and endpoints of AWS inside a VPC take both.
 *
 * @returns the client
 */
export function addressBuckets(client: S3Client): S3Client {
  const config: {
    readonly isCustomEndpoint?: boolean;
    readonly ignoreConfiguredEndpointUrls?: boolean;
    /** Wherever the SDK looks for an endpoint. */
    readonly serviceConfiguredEndpoint?: () => Promise<unknown>;
  } = client.config;
  // The SDK asks for it with each call.
  const forcePathStyle = async () =>
    config.isCustomEndpoint === true ||
    (config.ignoreConfiguredEndpointUrls !== true && Boolean(await config.serviceConfiguredEndpoint?.()));
  Object.assign(client.config, { forcePathStyle });
  return client;
}
