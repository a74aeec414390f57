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
  /** Proves that the key which encrypts, if there is one, can be used. @throws PayloadError */
  readonly prove: () => Promise<void>;
  /** Closes every connection. */
  readonly close: () => void;
}

/** Opens the payloads of a namespace. Without keys everything is written in the clear, and what is encrypted is named, not read. */
export function openPayloads(keys: PayloadKeys, namespace: string): Payloads {
  const service = new KmsKeyService(namespace);
  const codec = new EncryptingCodec(keys, namespace, new DataKeys(service));
  return {
    keys,
    codec,
    dataConverter: {
      payloadCodecs: [codec],
      ...(keys.writing === null ? {} : { failureConverterPath: require.resolve('../core/failureConverter') }),
    },
    prove: async () => void (await codec.encode([{ data: new Uint8Array() }])),
    close: () => service.close(),
  };
}
