import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';
import { type Access } from '../../core/catalogue/copy';
import { awsCall } from './awsFailure';
import { ofOwnCredentials } from './classifyAwsError';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

export interface RoleSession {
  readonly arn: string;
  readonly externalId: string | undefined;
  readonly sessionName: string;
  readonly account: string;
  readonly region: string;
  readonly access: Access;
}

/** The longest session AWS gives when the caller is itself a role (role chaining, AssumeRole's DurationSeconds). */
const sessionSeconds = 3600;

/** A session this close to its end is renewed, so that no request starts with credentials that end on the way. */
const renewBeforeMs = 5 * 60_000;

/** The credentials of one role: assumed when first asked for, renewed before they end, one AssumeRole however many ask. */
export class AssumedRole {
  private current: { readonly credentials: Credentials; readonly renewAt: number } | null = null;
  private pending: Promise<Credentials> | null = null;

  constructor(
    private readonly session: RoleSession,
    private readonly sts: () => STSClient,
    private readonly now: () => number = Date.now,
  ) {}

  /** Fails as `Configuration` where the role's trust policy refuses, or this process has no credentials. */
  credentials(): Promise<Credentials> {
    if (this.current && this.now() < this.current.renewAt) return Promise.resolve(this.current.credentials);
    this.pending ??= this.assume().finally(() => (this.pending = null));
    return this.pending;
  }

  /** Forgets credentials that AWS has refused; those that replaced them meanwhile stay. */
  drop(accessKeyId: string): void {
    if (this.current?.credentials.accessKeyId === accessKeyId) this.current = null;
  }

  private async assume(): Promise<Credentials> {
    const { arn, externalId, sessionName, account, region, access } = this.session;
    const startedAt = this.now();
    const answer = await awsCall(
      { subject: `role ${arn}`, account, region, access, action: 'sts:AssumeRole', errors: ofOwnCredentials },
      undefined,
      () =>
        this.sts().send(
          new AssumeRoleCommand({
            RoleArn: arn,
            RoleSessionName: sessionName,
            DurationSeconds: sessionSeconds,
            ExternalId: externalId,
          }),
        ),
    );
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '', Expiration } = answer.Credentials ?? {};
    const credentials = {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expires: Expiration?.getTime() ?? startedAt + sessionSeconds * 1000,
    };
    const lifetime = Math.max(0, credentials.expires - startedAt);
    this.current = { credentials, renewAt: credentials.expires - Math.min(renewBeforeMs, lifetime / 4) };
    return credentials;
  }
}
