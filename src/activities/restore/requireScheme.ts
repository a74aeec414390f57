import { applicationFailure } from '../../core/applicationFailure';
import { type BucketUrl, formatBucketUrl } from '../../core/catalogue/bucket';
import { failureTypes } from '../../core/failure';

/** @throws `Configuration` for a bucket of another cloud than is meant, with the reason. */
export function requireScheme(url: BucketUrl, scheme: BucketUrl['scheme'], why: string): void {
  if (url.scheme !== scheme)
    throw applicationFailure(failureTypes.configuration, `${formatBucketUrl(url)}: ${why}, ${scheme}://…`);
}
