/** A key that encrypts payloads, as it is and as it may be kept beside them. */
export interface GeneratedKey {
  readonly plain: Uint8Array;
  readonly wrapped: Uint8Array;
}

/**
 * What wraps data keys: KMS. Whatever it throws is a `PayloadError`.
 *
 * @see KmsKeyService
 */
export interface KeyService {
  /** A new data key of 32 bytes under a key. */
  generate(keyArn: string): Promise<GeneratedKey>;
  unwrap(keyArn: string, wrapped: Uint8Array): Promise<Uint8Array>;
}
