/**
 * How buckets are addressed: in AWS by host names of their own. Where `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL` lead elsewhere,
 * in the path: names for its buckets are what a host of one's own seldom has, and endpoints of AWS inside a VPC take both.
 */
export function bucketAddressing(environment: NodeJS.ProcessEnv): { readonly forcePathStyle: boolean } {
  const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS } = environment;
  const endpoint = AWS_ENDPOINT_URL_S3 || AWS_ENDPOINT_URL || '';
  return { forcePathStyle: endpoint !== '' && AWS_IGNORE_CONFIGURED_ENDPOINT_URLS !== 'true' };
}
