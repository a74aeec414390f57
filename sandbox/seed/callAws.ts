/** A call of an AWS API that no client in `package.json` is for. */
export interface AwsCall {
  /** As it is signed: `iam`. */
  readonly service: string;
  readonly account: string;
  readonly region: string;
  readonly method: 'GET' | 'PUT' | 'POST';
  /** From the slash on. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | URLSearchParams;
}

/**
 * Asks the emulator as the owner of an account, whose keys nobody else has: it takes the account from a header and checks no
 * signatures, see `sandbox/aws/README.md`.
 *
 * @param exists Error codes which say that it is so already.
 * @returns the answer's body
 * @throws Error with the answer, when it is another error.
 */
export async function callAws(endpoint: string, call: AwsCall, exists: readonly string[] = []): Promise<string> {
  const { service, account, region, method, path, headers, body } = call;
  const scope = `owner/20260101/${region}/${service}/aws4_request`;
  const response = await fetch(`${endpoint}${path}`, {
    method,
    headers: {
      ...headers,
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=unchecked`,
      'x-moto-account-id': account,
    },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  if (response.ok || exists.some((code) => text.includes(`<Code>${code}</Code>`))) return text;
  throw new Error(`the AWS emulator answered ${response.status} to ${method} ${path} of ${service}: ${text}`);
}
