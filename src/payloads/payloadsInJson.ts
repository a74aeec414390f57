import { type Payload } from '@temporalio/common';
import { Refusal } from './refusal';

/** Of protobuf's JSON, in either alphabet. */
const base64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/** Payloads as Temporal's codec protocol has them: `{"payloads": [{"metadata": {name: base64}, "data": base64}]}`. */
export function payloadsOfJson(text: string): Payload[] {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw malformed('the body is no JSON');
  }
  const { payloads } = (body ?? {}) as { readonly payloads?: unknown };
  if (!Array.isArray(payloads)) throw malformed('the body has no list of payloads');
  return payloads.map((payload: unknown, i) => {
    const what = `payloads[${i}]`;
    if (!isRecord(payload)) throw malformed(`${what} is no object`);
    const { metadata = {}, data = '' } = payload;
    if (!isRecord(metadata)) throw malformed(`${what}.metadata is no object`);
    return {
      metadata: Object.fromEntries(
        Object.entries(metadata).map(([name, value]) => [name, bytes(value, `${what}.metadata`)]),
      ),
      data: bytes(data, `${what}.data`),
    };
  });
}

export function payloadsInJson(payloads: readonly Payload[]): string {
  const encoded = (value: Uint8Array | null | undefined) => Buffer.from(value ?? []).toString('base64');
  return JSON.stringify({
    payloads: payloads.map(({ metadata, data }) => ({
      metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([name, value]) => [name, encoded(value)])),
      data: encoded(data),
    })),
  });
}

function bytes(value: unknown, what: string): Uint8Array {
  if (typeof value !== 'string' || !base64.test(value)) throw malformed(`${what} is no base64`);
  return Buffer.from(value, 'base64');
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const malformed = (what: string) => new Refusal(400, what);
