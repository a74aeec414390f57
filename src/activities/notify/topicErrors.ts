import { type AwsErrorRow } from '../../clouds/aws/classifyAwsError';
import { failureTypes } from '../../core/failure';

/** What errors of SNS mean; codes are the `error` traits of its API model (Publish). */
export const topicErrors: readonly AwsErrorRow[] = [
  { codes: ['AuthorizationError'], type: failureTypes.configuration, grace: 'seconds', concern: 'permission' },
  // The topic, not a key.
  { codes: ['NotFound', 'EndpointDisabled', 'PlatformApplicationDisabled'], type: failureTypes.configuration },
  { codes: ['InvalidSecurity'], type: failureTypes.configuration, concern: 'credentials' },
  { codes: ['KMSAccessDenied'], type: failureTypes.configuration, grace: 'seconds', concern: 'key' },
  { codes: ['KMSDisabled', 'KMSInvalidState', 'KMSNotFound'], type: failureTypes.configuration, concern: 'key' },
  { codes: ['KMSOptInRequired'], type: failureTypes.configuration, concern: 'credentials' },
  { codes: ['KMSThrottling'], type: failureTypes.transient, retryAfterSeconds: [5, 20] },
  { codes: ['InvalidParameter'], type: failureTypes.invalidInput },
];
