import { DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { classifyAwsError } from '../clouds/aws/classifyAwsError';
import { proxyAgents } from '../clouds/aws/proxyAgents';
import { withoutSecrets } from '../clouds/aws/withoutSecrets';
import { failureTypes, messageOf } from '../core/failure';
import { version } from '../core/version';
import { type GeneratedKey, type KeyService } from './keyService';
import { PayloadError } from './payloadError';

/** KMS answers within milliseconds, and workflow tasks wait for it. */
const connectionTimeoutMs = 3_000;
const requestTimeoutMs = 5_000;

/**
 * Data keys by KMS, with the credentials of this process itself: the key belongs to whoever runs Farcopy, and no role of the fleet
 * file is asked. The encryption context binds a data key to its purpose and to the namespace.
 */
export class KmsKeyService implements KeyService {
  private readonly clients = new Map<string, KMSClient>();
  private readonly connections = new NodeHttpHandler({
    connectionTimeout: connectionTimeoutMs,
    requestTimeout: requestTimeoutMs,
    throwOnRequestTimeout: true,
    ...proxyAgents(process.env),
  });
  private readonly context: Record<string, string>;

  constructor(namespace: string) {
    this.context = { 'farcopy-purpose': 'temporal-payloads', 'temporal-namespace': namespace };
  }

  async generate(keyArn: string): Promise<GeneratedKey> {
    const command = new GenerateDataKeyCommand({ KeyId: keyArn, KeySpec: 'AES_256', EncryptionContext: this.context });
    const { Plaintext: plain, CiphertextBlob: wrapped } = await asked(keyArn, 'kms:GenerateDataKey', () =>
      this.client(keyArn).send(command),
    );
    if (plain === undefined || wrapped === undefined) throw unanswered(keyArn, 'kms:GenerateDataKey');
    return { plain, wrapped };
  }

  async unwrap(keyArn: string, wrapped: Uint8Array): Promise<Uint8Array> {
    const command = new DecryptCommand({ KeyId: keyArn, CiphertextBlob: wrapped, EncryptionContext: this.context });
    const { Plaintext: plain } = await asked(keyArn, 'kms:Decrypt', () => this.client(keyArn).send(command));
    if (plain === undefined) throw unanswered(keyArn, 'kms:Decrypt');
    return plain;
  }

  close(): void {
    this.connections.destroy();
  }

  private client(keyArn: string): KMSClient {
    const region = regionOf(keyArn);
    let client = this.clients.get(region);
    if (client === undefined)
      this.clients.set(
        region,
        (client = new KMSClient({
          region,
          maxAttempts: 3,
          customUserAgent: `farcopy/${version}`,
          requestHandler: this.connections,
        })),
      );
    return client;
  }
}

const regionOf = (keyArn: string) => keyArn.split(':')[3] ?? '';

/** Codes by which KMS says that a wrapped key is not what it has made under this key and context. */
const damaged = /^(InvalidCiphertext|IncorrectKey)/;

async function asked<T>(keyArn: string, action: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const { code, type } = classifyAwsError(error);
    const said = `${code}: ${withoutSecrets(messageOf(error))}`;
    if (damaged.test(code))
      throw new PayloadError(
        'damaged',
        `the data key of a payload was not made under key ${keyArn} for this namespace (${said})`,
        'it was changed, or belongs to another namespace; see docs/security.md#encrypted-payloads',
        { cause: error },
      );
    if (type === failureTypes.transient || type === failureTypes.limitReached)
      throw new PayloadError(
        'unreachable',
        `key ${keyArn} cannot be used now: ${action} failed (${said})`,
        'it is tried again; see docs/operations.md#encrypted-payloads',
        { cause: error },
      );
    throw new PayloadError(
      'refused',
      `key ${keyArn} cannot be used: ${action} was refused (${said})`,
      `the key must be enabled, and let the credentials of this process ${action}; see docs/security.md#encrypted-payloads`,
      { cause: error },
    );
  }
}

const unanswered = (keyArn: string, action: string) =>
  new PayloadError('unreachable', `key ${keyArn}: ${action} answered without a key`, 'it is tried again');
