import { DescribeKeyCommand } from '@aws-sdk/client-kms';
import { type Scope } from '../../core/catalogue/copy';
import { Remembered } from '../../core/remembered';
import { type AwsAccess } from './awsAccess';
import { awsCall } from './awsFailure';

export interface Key {
  readonly arn: string;
  /** The account's own, which AWS manages: what is encrypted under it cannot be shared. */
  readonly awsManaged: boolean;
}

/** An alias may be pointed at another key: what is known of one is asked again after this time. */
const rememberMs = 10 * 60_000;

/** What KMS says of keys, asked once per key, account and region in ten minutes. */
export class AwsKeys {
  private readonly known: Remembered<Key>;

  constructor(
    private readonly access: AwsAccess,
    private readonly now: () => number = Date.now,
  ) {
    this.known = new Remembered(now);
  }

  /** The key an id, alias or ARN names in the scope. Fails as `Configuration` when there is none or the role may not see it. */
  describe(scope: Scope, id: string): Promise<Key> {
    const cacheKey = [scope.access, scope.account, scope.region, id].join(' ');
    return this.known.get(
      cacheKey,
      (at) => this.now() < at + rememberMs,
      () => this.ask(scope, id),
    );
  }

  /** ARN of a key that an id, alias or ARN names: AWS takes a full ARN across accounts and regions only. */
  async arn(scope: Scope, id: string): Promise<string> {
    return /^arn:[^:]+:kms:[^:]*:\d+:key\//.test(id) ? id : (await this.describe(scope, id)).arn;
  }

  private async ask(scope: Scope, id: string): Promise<Key> {
    const { account, region, access } = scope;
    const call = { subject: `key ${id}`, account, region, access, action: 'kms:DescribeKey', key: id };
    const { KeyMetadata } = await awsCall(call, undefined, () =>
      this.access.kms(scope).send(new DescribeKeyCommand({ KeyId: id })),
    );
    return { arn: KeyMetadata?.Arn ?? id, awsManaged: KeyMetadata?.KeyManager === 'AWS' };
  }
}
