import {
  CreateGrantCommand,
  DryRunOperationException,
  type GrantOperation,
  paginateListGrants,
  RetireGrantCommand,
} from '@aws-sdk/client-kms';
import { failureTypeOf, failureTypes } from '../../core/failure';
import { type Scope } from '../../core/catalogue/copy';
import { type AwsAccess } from './awsAccess';
import { awsCall, awsPages } from './awsFailure';

/** A key that the role of another account may use for a while. */
export interface KeyLoan {
  /** Whose key it is, and who lends it. */
  readonly lender: Scope;
  /** ARN. */
  readonly key: string;
  readonly borrower: Scope;
  /** Tells the loan from others of the key to the same borrower: letters, digits and `:/_-`. */
  readonly name: string;
}

/** What a service needs of a key to read in the name of a role (KMS developer guide, "Grant operations"). */
const operations: GrantOperation[] = [
  'CreateGrant',
  'Decrypt',
  'DescribeKey',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'ReEncryptFrom',
  'ReEncryptTo',
];

/**
 * Grants of KMS: the key's policy stays as it is, and the loan ends when it is taken back. The lender retires what it has
 * granted, for which it needs no permission, and so can revoke nothing else.
 */
export class KeyLoans {
  constructor(private readonly access: AwsAccess) {}

  /** Doing it twice is one loan: the same name and content is the same grant (API reference, CreateGrant). */
  async lend(loan: KeyLoan, signal?: AbortSignal): Promise<void> {
    await this.create(loan, false, signal);
  }

  /** Throws what keeps the lender from lending; nothing is lent. */
  async require(loan: KeyLoan, signal?: AbortSignal): Promise<void> {
    await this.create(loan, true, signal);
  }

  /** Done where there is no such loan. Without a borrower, whoever has one of the name. */
  async takeBack(
    { lender, key, borrower, name }: Omit<KeyLoan, 'borrower'> & Partial<KeyLoan>,
    signal?: AbortSignal,
  ): Promise<void> {
    const client = this.access.kms(lender);
    const options = { abortSignal: signal };
    const call = { subject: `key lent for ${name}`, ...lender, key };
    const asked = {
      KeyId: key,
      ...(borrower === undefined ? {} : { GranteePrincipal: this.access.roleArn(borrower) }),
    };
    const found: string[] = [];
    for await (const { Grants = [] } of awsPages({ ...call, action: 'kms:ListGrants' }, signal, () =>
      paginateListGrants({ client }, asked, options),
    ))
      for (const grant of Grants) if (grant.Name === name && grant.GrantId !== undefined) found.push(grant.GrantId);
    for (const GrantId of found)
      try {
        await awsCall({ ...call, action: 'kms:RetireGrant' }, signal, () =>
          client.send(new RetireGrantCommand({ KeyId: key, GrantId }), options),
        );
      } catch (error) {
        if (failureTypeOf(error) !== failureTypes.notFound) throw error;
      }
  }

  private async create(loan: KeyLoan, dryRun: boolean, signal: AbortSignal | undefined): Promise<void> {
    const { lender, key, borrower, name } = loan;
    const command = new CreateGrantCommand({
      KeyId: key,
      GranteePrincipal: this.access.roleArn(borrower),
      RetiringPrincipal: this.access.roleArn(lender),
      Operations: operations,
      Name: name,
      ...(dryRun ? { DryRun: true } : {}),
    });
    const call = { subject: `key for ${borrower.account}`, ...lender, action: 'kms:CreateGrant', key };
    await awsCall(call, signal, async () => {
      try {
        await this.access.kms(lender).send(command, { abortSignal: signal });
      } catch (error) {
        // The answer to a dry run that would have succeeded.
        if (!dryRun || !(error instanceof DryRunOperationException)) throw error;
      }
    });
  }
}
