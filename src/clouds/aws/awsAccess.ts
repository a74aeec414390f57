import { KMSClient } from '@aws-sdk/client-kms';
import { OrganizationsClient } from '@aws-sdk/client-organizations';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import { STSClient } from '@aws-sdk/client-sts';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { type Access, type Scope } from '../../core/catalogue/copy';
import { version } from '../../core/version';
import { PlainHttp } from '../plainHttp';
import { type CallListener, tellCalls } from '../tellCalls';
import { proxyAgents } from './proxyAgents';
import { addressBuckets } from './s3/bucketAddressing';
import { S3Store } from './s3/s3Store';
import { S3VaultStore } from './s3/s3VaultStore';
import { AssumedRole } from './assumedRole';
import { assumeAgainWhenExpired, type Client } from './assumeAgainWhenExpired';

export interface AwsAccessOptions {
  /** ARN of the role that opens an account. */
  readonly roleArnOf: (access: Access, account: string) => string;
  /** Sent with every AssumeRole: the roles' trust policies demand it (docs/security.md#roles). */
  readonly externalId?: string | undefined;
  /** Stands in CloudTrail; 2–64 of `[\w+=,.@-]`. */
  readonly sessionName: string;
  /** Tries of the SDK per request, the first included. Default 3: what lasts longer is Temporal's to retry. */
  readonly maxAttempts?: number | undefined;
  /** Told each try of each call of a client, and each call to GCS; bytes of objects of S3 pass the clients by. */
  readonly onCall?: CallListener | undefined;
}

/** AWS answers within seconds, operations run on without the caller; a request without an answer by then is lost. */
const connectionTimeoutMs = 5_000;
const requestTimeoutMs = 30_000;

/**
 * Assume role → make client → call, once for all of Farcopy: the clients of each role and region, on one pool of
 * connections. Base credentials, endpoints (`AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_S3`, …) and everything else come from
 * the SDK's own chains. STS is asked in the region of the call, so that one region down takes no other with it.
 */
export class AwsAccess {
  private readonly sessions = new Map<string, Session>();
  private readonly stsClients = new Map<string, STSClient>();
  private readonly connections = new NodeHttpHandler({
    connectionTimeout: connectionTimeoutMs,
    requestTimeout: requestTimeoutMs,
    throwOnRequestTimeout: true,
    ...proxyAgents(process.env),
  });

  /** Connections for the bytes of objects, which pass the SDK by (clouds/plainHttp.ts). */
  readonly plainHttp = new PlainHttp();

  constructor(private readonly options: AwsAccessOptions) {}

  /** The client of a service that a kind works with: one for each role and region. */
  client<C extends Client>(service: ClientClass<C>, scope: Scope): C {
    const { role, clients } = this.session(scope);
    let client = clients.get(service) as C | undefined;
    if (client === undefined)
      clients.set(service, (client = this.ready(new service(this.config(scope, role)), scope, role)));
    return client;
  }

  kms(scope: Scope): KMSClient {
    const session = this.session(scope);
    return (session.kms ??= this.ready(new KMSClient(this.config(scope, session.role)), scope, session.role));
  }

  secretsManager(scope: Scope): SecretsManagerClient {
    const session = this.session(scope);
    return (session.secretsManager ??= this.ready(
      new SecretsManagerClient(this.config(scope, session.role)),
      scope,
      session.role,
    ));
  }

  /** What the scope's role may sign with now: for what no client of the SDK signs. Never keep or log it. */
  async credentials(scope: Scope): Promise<Pick<Credentials, 'accessKeyId' | 'secretAccessKey' | 'sessionToken'>> {
    const { accessKeyId, secretAccessKey, sessionToken } = await this.session(scope).role.credentials();
    return { accessKeyId, secretAccessKey, sessionToken };
  }

  sns(scope: Scope): SNSClient {
    const session = this.session(scope);
    return (session.sns ??= this.ready(new SNSClient(this.config(scope, session.role)), scope, session.role));
  }

  /** Without the SDK's checksums of answers: in JavaScript they quarter the speed, and the transfer computes its own (plainHttp.ts). */
  s3(scope: Scope): S3Client {
    const session = this.session(scope);
    return (session.s3 ??= this.ready(
      addressBuckets(
        new S3Client({
          ...this.config(scope, session.role),
          requestChecksumCalculation: 'WHEN_REQUIRED',
          responseChecksumValidation: 'WHEN_REQUIRED',
        }),
      ),
      scope,
      session.role,
    ));
  }

  /** A bucket as the scope's role reaches it. */
  bucket(scope: Scope, name: string): S3Store {
    return new S3Store({ client: this.s3(scope), bucket: name, scope, http: this.plainHttp });
  }

  /** The same, to keep copies in. */
  vaultBucket(scope: Scope, name: string, key: string): S3VaultStore {
    return new S3VaultStore({ client: this.s3(scope), bucket: name, scope, http: this.plainHttp, key });
  }

  organizations(scope: Scope): OrganizationsClient {
    const session = this.session(scope);
    return (session.organizations ??= this.ready(
      new OrganizationsClient(this.config(scope, session.role)),
      scope,
      session.role,
    ));
  }

  /** STS as the assumed role: `GetCallerIdentity` proves that the role can be assumed. */
  sts(scope: Scope): STSClient {
    const session = this.session(scope);
    return (session.sts ??= this.ready(new STSClient(this.config(scope, session.role)), scope, session.role));
  }

  roleArn(scope: Scope): string {
    return this.options.roleArnOf(scope.access, scope.account);
  }

  /** Closes every connection. Nothing may be called afterwards. */
  close(): void {
    this.connections.destroy();
    this.plainHttp.close();
  }

  private session(scope: Scope): Session {
    const arn = this.roleArn(scope);
    const key = `${arn} ${scope.region}`;
    let session = this.sessions.get(key);
    if (!session) {
      const { externalId, sessionName } = this.options;
      const role = new AssumedRole({ ...scope, arn, externalId, sessionName }, () => this.baseSts(scope.region));
      this.sessions.set(key, (session = { role, clients: new Map() }));
    }
    return session;
  }

  private ready<C extends Client>(client: C, { region }: Scope, role: AssumedRole): C {
    return assumeAgainWhenExpired(this.told(client, region), role);
  }

  /** For calls that no client of the SDK makes. */
  get onCall(): CallListener | undefined {
    return this.options.onCall;
  }

  private told<C extends object>(client: C, region: string): C {
    const { onCall } = this;
    if (onCall !== undefined) tellCalls(client, region, onCall);
    return client;
  }

  private config({ region }: Scope, role: AssumedRole): ClientConfig {
    return {
      ...this.base(region),
      credentials: async () => {
        const { accessKeyId, secretAccessKey, sessionToken } = await role.credentials();
        // The SDK would keep credentials until shortly before they expire; the role keeps ours, and can drop them.
        return { accessKeyId, secretAccessKey, sessionToken, expiration: new Date(0) };
      },
    };
  }

  /** With the base credentials of the SDK's default chain, which may themselves be a role's. */
  private baseSts(region: string): STSClient {
    let client = this.stsClients.get(region);
    if (!client) this.stsClients.set(region, (client = this.told(new STSClient(this.base(region)), region)));
    return client;
  }

  private base(region: string): Omit<ClientConfig, 'credentials'> {
    return {
      region,
      retryMode: 'adaptive',
      maxAttempts: this.options.maxAttempts ?? 3,
      customUserAgent: `farcopy/${version}`,
      requestHandler: this.connections,
    };
  }
}

/** A client class of the AWS SDK. */
export type ClientClass<C> = new (config: ClientConfig) => C;

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
  readonly expiration: Date;
}

export interface ClientConfig {
  readonly region: string;
  readonly credentials: () => Promise<Credentials>;
  readonly retryMode: string;
  readonly maxAttempts: number;
  readonly customUserAgent: string;
  readonly requestHandler: NodeHttpHandler;
}

interface Session {
  readonly role: AssumedRole;
  /** By their classes. */
  readonly clients: Map<unknown, unknown>;
  kms?: KMSClient;
  s3?: S3Client;
  secretsManager?: SecretsManagerClient;
  sns?: SNSClient;
  organizations?: OrganizationsClient;
  sts?: STSClient;
}
