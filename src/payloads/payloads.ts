import { type DataConverter } from '@temporalio/common';
import { DataKeys } from './dataKeys';
import { KmsKeyService } from './kmsKeyService';
import { EncryptingCodec, type PayloadKeys } from './payloadCodec';

/** How a process reads and writes payloads. */
export interface Payloads {
  readonly keys: PayloadKeys;
  readonly codec: EncryptingCodec;
  /** For clients and workers. */
  readonly dataConverter: DataConverter;
  /** Proves that the key which encrypts, if there is one, makes data keys and unwraps them. @throws PayloadError */
  readonly prove: () => Promise<void>;
  /** Closes every connection. */
  readonly close: () => void;
}

/** Opens the payloads of a namespace. Without keys everything is written in the clear, and what is encrypted is named, not read. */
export function openPayloads(keys: PayloadKeys, namespace: string): Payloads {
  const service = new KmsKeyService(namespace);
  const dataKeys = new DataKeys(service);
  const codec = new EncryptingCodec(keys, namespace, dataKeys);
  return {
    keys,
    codec,
    dataConverter: {
      payloadCodecs: [codec],
      ...(keys.writing === null ? {} : { failureConverterPath: require.resolve('../core/failureConverter') }),
    },
    prove: async () => (keys.writing === null ? undefined : dataKeys.prove(keys.writing)),
    close: () => service.close(),
  };
}
