/** Requests to the emulator's control endpoint, see `sandbox/aws/README.md`. */

/** Something with a name, in an account and a region. */
interface Place {
  readonly account: string;
  readonly region: string;
  readonly name: string;
}

/** The body of `POST /_sandbox/seed`. */
export interface SeedRequest {
  readonly principal: {
    readonly account: string;
    readonly userName: string;
    /** Documents by their names. */
    readonly policies?: Readonly<Record<string, unknown>>;
  };
  readonly roles: readonly ({
    readonly account: string;
    readonly name: string;
    readonly externalId?: string;
    readonly policies?: Readonly<Record<string, unknown>>;
    readonly boundary?: unknown;
  } & ({ readonly trustedPrincipals: readonly string[] } | { readonly trust: unknown }))[];
  readonly keys: readonly ({
    readonly account: string;
    readonly region: string;
    readonly alias: string;
  } & ({ readonly grantAccounts: readonly string[] } | { readonly policy: unknown }))[];
  readonly networks: readonly Place[];
  readonly resources: readonly {
    readonly kind: string;
    readonly account: string;
    readonly region: string;
    readonly id: string;
    readonly sizeGiB: number;
    readonly engine: string;
    readonly encryption: string;
    readonly tags: Readonly<Record<string, string>>;
    readonly status: string;
    readonly statusSeconds?: number | undefined;
    readonly engineVersion?: string | undefined;
    readonly instances?: number | undefined;
    readonly instanceClass?: string | undefined;
    readonly iops?: number | undefined;
    readonly serverlessV1?: { readonly min: number; readonly max: number } | undefined;
    readonly serverlessV2?: { readonly min: number; readonly max: number } | undefined;
    readonly global?:
      | { readonly id: string; readonly role: 'primary' | 'secondary'; readonly writeForwarding?: boolean | undefined }
      | undefined;
    readonly replicaOf?: string | undefined;
  }[];
  /** Service control policies, by account. */
  readonly controlPolicies?: Readonly<Record<string, readonly unknown[]>>;
  /** All that are in force afterwards. */
  readonly denials?: readonly Denial[];
  readonly organization: { readonly accounts: readonly { readonly id: string; readonly name: string }[] };
}

/** Calls that a role, or everybody in an account, is not permitted: the body of `POST /_sandbox/denials`. */
export interface Denial {
  /** The caller's. */
  readonly account: string;
  readonly role?: string | undefined;
  readonly actions: readonly string[];
  readonly resources?: readonly string[] | undefined;
  readonly filter?: { readonly name: string; readonly value: string } | undefined;
}

export interface SeedAnswer {
  readonly credentials: AwsKeyPair;
  /** ARNs, in the order of the request. */
  readonly resources: readonly string[];
}

/** The body of `POST /_sandbox/data`. */
export interface DataRequest {
  readonly account: string;
  readonly region: string;
  readonly kind: string;
  readonly id: string;
  readonly masterUsername?: string;
  readonly masterPassword?: string;
  readonly database?: string;
  readonly sql?: string | readonly string[];
  /** What to put user and password into. */
  readonly secrets?: readonly Place[];
}

export interface DataAnswer {
  readonly endpoint: string;
  readonly port: number;
  /** ARNs, in the order of the request. */
  readonly secretArns: readonly string[];
}

/** A database with real data, as `GET /_sandbox/data` tells. */
export interface DatabaseData {
  readonly arn: string;
  readonly kind: string;
  readonly account: string;
  readonly region: string;
  readonly id: string;
  /** Null, like the port, while nothing listens. */
  readonly endpoint: string | null;
  readonly port: number | null;
  readonly database: string;
  readonly masterUsername: string;
}

export interface AwsKeyPair {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A service limit and the most operations that were ever in flight under it. */
export interface LimitUse {
  readonly account: string;
  readonly region: string;
  readonly limit: string;
  /** Null: counted, not limited. */
  readonly capacity: number | null;
  readonly highWater: number;
}

/** @throws Error with the emulator's own words when it refuses the seed. */
export async function plantSeed(endpoint: string, request: SeedRequest): Promise<SeedAnswer> {
  return (await ask(endpoint, 'POST', 'seed', request)) as SeedAnswer;
}

/** Puts databases into accounts that are seeded. @throws Error with the emulator's own words when it refuses. */
export async function plantResources(endpoint: string, resources: SeedRequest['resources']): Promise<void> {
  await ask(endpoint, 'POST', 'seed', { resources });
}

/** @throws Error with the emulator's own words when it refuses, or when the SQL fails. */
export async function plantData(endpoint: string, request: DataRequest): Promise<DataAnswer> {
  return (await ask(endpoint, 'POST', 'data', request)) as DataAnswer;
}

/** Every database with real data, restored ones included. */
export async function listData(endpoint: string): Promise<readonly DatabaseData[]> {
  return ((await ask(endpoint, 'GET', 'data')) as { databases: DatabaseData[] }).databases;
}

/** @returns the id by which `DELETE denials/ID` takes it away. */
export async function deny(endpoint: string, denial: Denial): Promise<string> {
  return ((await ask(endpoint, 'POST', 'denials', denial)) as { id: string }).id;
}

/**
 * Puts a cluster or an instance into a status like `upgrading`; `available` gives it its own back.
 *
 * @param seconds In emulated time. Default: until it is told otherwise.
 */
export async function changeStatus(endpoint: string, arn: string, status: string, seconds?: number): Promise<void> {
  await ask(endpoint, 'POST', 'resources/status', { arn, status, ...(seconds === undefined ? {} : { seconds }) });
}

export async function changeSettings(endpoint: string, settings: Readonly<Record<string, unknown>>): Promise<void> {
  await ask(endpoint, 'PATCH', 'settings', settings);
}

export async function limitUses(endpoint: string): Promise<readonly LimitUse[]> {
  return ((await ask(endpoint, 'GET', 'limits')) as { limits: LimitUse[] }).limits;
}

/** How many calls were answered with the error that a service limit is reached. */
export async function countLimitErrors(endpoint: string): Promise<number> {
  return ((await ask(endpoint, 'GET', 'calls/summary')) as { limitErrors: unknown[] }).limitErrors.length;
}

/** What the emulator was asked for makes no sense, and nothing of it was done. */
export class RefusedByEmulatorError extends Error {
  override readonly name = 'RefusedByEmulatorError';

  constructor(
    message: string,
    /** The emulator's own words. */
    readonly why: string,
  ) {
    super(message);
  }
}

function refusalOf(text: string): string {
  try {
    return (JSON.parse(text) as { readonly error?: string }).error ?? text;
  } catch {
    return text;
  }
}

async function ask(endpoint: string, method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${endpoint}/_sandbox/${path}`, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) {
    const message = `the AWS emulator answered ${response.status} to ${method} ${path}: ${text}`;
    throw response.status === 400 ? new RefusedByEmulatorError(message, refusalOf(text)) : new Error(message);
  }
  return JSON.parse(text);
}
