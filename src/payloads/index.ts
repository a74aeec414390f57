export { CodecDoor } from './codecDoor';
export { startCodecServer } from './codecServer';
export { keyOf, type PayloadKeys, writingKeyOf } from './payloadCodec';
export { openPayloads, type Payloads } from './payloads';
export { PayloadError, type PayloadTrouble } from './payloadError';
