import { DescribeOrganizationCommand } from '@aws-sdk/client-organizations';
import { type Scope } from '../../core/catalogue/copy';
import { type AwsAccess } from './awsAccess';
import { awsCall } from './awsFailure';

/** The organisation that an account is a member of, as any member may see it. */
export interface Organization {
  readonly id: string;
  readonly managementAccount: string;
  /** False where it only pays the bills: then it has no control policies. */
  readonly hasPolicies: boolean;
}

/**
 * The organisation of the scope's account, null where it is of none. Control policies themselves only the management account sees
 * (Organizations API Reference, DescribeOrganization, ListPoliciesForTarget).
 */
export async function organizationOf(
  access: AwsAccess,
  scope: Scope,
  signal?: AbortSignal,
): Promise<Organization | null> {
  const call = { subject: 'organisation', ...scope, action: 'organizations:DescribeOrganization' };
  return awsCall(call, signal, async () => {
    try {
      const { Organization: found } = await access
        .organizations(scope)
        .send(new DescribeOrganizationCommand({}), { abortSignal: signal });
      return {
        id: found?.Id ?? '',
        managementAccount: found?.MasterAccountId ?? '',
        hasPolicies: found?.FeatureSet !== 'CONSOLIDATED_BILLING',
      };
    } catch (error) {
      if ((error as { name?: unknown }).name === 'AWSOrganizationsNotInUseException') return null;
      throw error;
    }
  });
}
