import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { type PlainRequest } from '../../plainRequest';

/** A request as the SDK's signer takes and returns it. */
interface SdkRequest {
  readonly method: string;
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | undefined;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly headers: Record<string, string>;
}

type Signer = { sign(request: SdkRequest): Promise<SdkRequest> };

/** Of what the SDK has made ready of a request when it is about to be signed. */
interface Prepared {
  readonly request: SdkRequest;
  readonly authScheme: object;
}

interface PreparedContext {
  readonly endpointV2?: { readonly properties?: { readonly authSchemes?: readonly object[] } };
}

const probe = 'farcopy';

/**
 * Makes GET requests for objects of one bucket as the SDK would: where the bucket is (endpoint, style of path, region) the
 * SDK is asked once, and its own signer signs each with its own credentials. Building each by the SDK's stack of middleware
 * costs more than a millisecond, signing a tenth of one.
 */
export class S3Request {
  private prepared: Promise<Prepared & { readonly signer: Signer }> | undefined;

  constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
  ) {}

  async get(key: string, headers: Readonly<Record<string, string>>): Promise<PlainRequest> {
    const { request, signer } = await (this.prepared ??= this.prepare());
    const path = request.path.slice(0, -probe.length) + encodeKey(key);
    const { host } = request.headers;
    const signed = await signer.sign({
      ...request,
      path,
      query: {},
      // Nothing is sent, and TLS guards the request: no need to hash an empty body a thousand times a second.
      headers: { ...headers, host: host ?? request.hostname, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
    });
    const { protocol, hostname, port } = request;
    return { method: 'GET', protocol, hostname, port, path, headers: signed.headers };
  }

  private async prepare(): Promise<Prepared & { readonly signer: Signer }> {
    try {
      const prepared = await prepareBySdk(this.client, this.bucket);
      const signer = (await this.client.config.signer(prepared.authScheme as never)) as unknown as Signer;
      return { ...prepared, signer };
    } catch (error) {
      this.prepared = undefined;
      throw error;
    }
  }
}

async function prepareBySdk(client: S3Client, bucket: string): Promise<Prepared> {
  const command = new GetObjectCommand({ Bucket: bucket, Key: probe });
  let prepared: Prepared | undefined;
  command.middlewareStack.addRelativeTo(
    ((_next: unknown, context: PreparedContext) => async (args: { request: SdkRequest }) => {
      prepared = { request: args.request, authScheme: context.endpointV2?.properties?.authSchemes?.[0] ?? {} };
      return { response: {}, output: { $metadata: {} } };
    }) as never,
    { relation: 'before', toMiddleware: 'httpSigningMiddleware', name: 'prepareOnly' },
  );
  await client.send(command);
  if (prepared === undefined) throw new Error(`the SDK made no request for bucket ${bucket}`);
  return prepared;
}

/** As the signature counts it: everything but unreserved characters and slashes. */
export function encodeKey(key: string): string {
  return encodeURIComponent(key)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%2F/g, '/');
}
