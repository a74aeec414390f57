import { paginateListAccounts } from '@aws-sdk/client-organizations';
import { type Scope } from '../../core/catalogue/copy';
import { type AwsAccess } from './awsAccess';
import { awsPages } from './awsFailure';

export interface OrganizationAccount {
  readonly id: string;
  readonly name: string;
}

/** Every active account of the organisation that the scope's account manages, or may read as its delegate. */
export async function organizationAccounts(
  access: AwsAccess,
  scope: Scope,
  signal?: AbortSignal,
): Promise<OrganizationAccount[]> {
  const { account, region } = scope;
  const call = { subject: 'organisation', account, region, access: scope.access, action: 'organizations:ListAccounts' };
  const client = access.organizations(scope);
  const accounts: OrganizationAccount[] = [];
  for await (const page of awsPages(call, signal, () =>
    paginateListAccounts({ client }, {}, { abortSignal: signal }),
  )) {
    for (const { Id, Name, Status } of page.Accounts ?? []) {
      if (Id !== undefined && Status === 'ACTIVE') accounts.push({ id: Id, name: Name ?? Id });
    }
  }
  return accounts;
}
