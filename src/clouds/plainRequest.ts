/** A request whose address, credentials and signature are already in it. */
export interface PlainRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE' | 'PATCH';
  /** `https:` */
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number | string | undefined;
  /** Escaped, with its query; sent as it stands. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: readonly Uint8Array[] | AsyncIterable<Uint8Array>;
}
