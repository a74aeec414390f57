import {
  type BucketHome,
  type BucketVault,
  type Destination,
  type ExportTarget,
  isBucketVault,
  type Polling,
  type ProtectionPolicy,
  type Retention,
  type Vault,
} from '../backup/policy';
import { type Access, type RecoveryPointIdentity, type Scope } from '../catalogue/copy';
import { type DatabaseAccess } from '../catalogue/databaseAccess';
import { type DrillCheck, type DrillPolicy, type DrillTarget } from '../drill/drill';
import { type LimitOverride, type LimitRef } from '../limits/limit';
import { type PackedPermit, packedBytes, unpacked } from '../limits/packedPermit';
import { urgentPriority } from '../limits/permit';
import { type Holder, longestPauseMilliseconds, type PermitRequest } from '../limits/permitQueue';
import { type Asker, type QueuedAnswer } from '../limits/semaphore';
import { fleetNameMaxLength, fleetNamePattern } from '../naming';
import { type ResourceRef } from '../resource';
import {
  anyText,
  either,
  flag,
  json,
  list,
  nullable,
  number,
  object,
  oneOf,
  optional,
  record,
  type Shape,
  text,
  time,
} from './shape';

/** The parts that messages and inputs of workflows are made of. Numbers bound what one of them may hold, not what is sensible. */

const mostSeconds = 1e10;
const account = text(12, /^\d{12}$/, 'an account of 12 digits');
const region = text(40, /^[a-z0-9-]+$/, 'a region');
/** Names of fleets, tiers, vaults, drills and kinds. */
export const name = text(255);
export const id = text(1024);
export const seconds = number(0, mostSeconds);
export const count = number(0, Number.MAX_SAFE_INTEGER);
/** The task queue of a fleet's transfers is named after it. */
export const fleet = text(fleetNameMaxLength, fleetNamePattern, 'the name of a fleet');
export const url = text(2048);
export const tags = record(anyText(2048), 200);

const access = oneOf<Access>('source', 'vault', 'lender', 'restore');
export const scope = object<Scope>({ account, region, access });
export const limitRef = object<LimitRef>({ account, region, limit: name });

const placed = { kind: name, account, region, id };
export const resource = object<ResourceRef>({ ...placed, arn: text() });

export const identity = object<RecoveryPointIdentity>({
  fleet: name,
  tier: name,
  resource,
  scheduledTime: time,
  incarnation: optional(text()),
});

const mode = oneOf<'governance' | 'compliance'>('governance', 'compliance');
export const lock = nullable(
  object<{ readonly mode: 'governance' | 'compliance'; readonly days: number }>({ mode, days: count }),
);
export const verify = oneOf<ProtectionPolicy['verify']>('manifest', 'sample', 'full');
export const bytesPerSecond = nullable(count);

const vault = object<Vault>({
  name,
  account,
  region: nullable(either((value) => typeof value === 'string', region, record(region, 100))),
  key: text(),
});
const bucketVault = object<BucketVault>({
  name,
  bucket: url,
  home: nullable(object<BucketHome>({ account, region, key: text() })),
  export: object<ExportTarget>({ bucket: url, role: text(), key: text() }),
  lock,
  bytesPerSecond,
});
const destination: Shape<Destination> = either(
  (value) => typeof value === 'object' && value !== null && isBucketVault(value as Destination),
  bucketVault,
  vault,
);

const kept = optional(count);
const retention = object<Retention>({
  hourly: kept,
  daily: kept,
  weekly: kept,
  monthly: kept,
  yearly: kept,
  keepDays: kept,
  minimum: count,
});

export const connect: Shape<DatabaseAccess | null> = nullable(
  object<DatabaseAccess>({
    user: nullable(text(255)),
    authentication: either(
      (value) => (value as { type?: unknown } | null)?.type === 'iam',
      object<{ readonly type: 'iam' }>({ type: oneOf('iam') }),
      object<{ readonly type: 'secret'; readonly secret: string }>({ type: oneOf('secret'), secret: text() }),
    ),
    tls: oneOf<DatabaseAccess['tls']>('verify-full', 'require', 'disable'),
  }),
);

const limitOverride = object<LimitOverride>({
  limit: name,
  account: optional(account),
  region: optional(region),
  capacity: count,
});
export const polling = object<Polling>({
  shortestSeconds: number(0.001, mostSeconds),
  longestSeconds: number(0.001, mostSeconds),
});

export const policy = object<ProtectionPolicy>({
  fleet: name,
  tier: name,
  priority: oneOf<ProtectionPolicy['priority']>(1, 2, 3, 4, 5),
  rpoSeconds: number(1, mostSeconds),
  route: list(destination, 20),
  retention,
  shareableKey: nullable(text()),
  singleStepCopy: flag,
  verify,
  connect,
  limits: list(limitOverride, 1000),
  polling,
  ledger: optional(flag),
});

const check: Shape<DrillCheck> = (value, at, wrong) => {
  const { type } = (value ?? {}) as { readonly type?: unknown };
  const common = { name: text(), resources: list(text(256), 1000) };
  switch (type) {
    case 'rows':
      return object<Extract<DrillCheck, { type: 'rows' }>>({
        ...common,
        type: oneOf('rows'),
        table: text(),
        atLeast: count,
      })(value, at, wrong);
    case 'freshness':
      return object<Extract<DrillCheck, { type: 'freshness' }>>({
        ...common,
        type: oneOf('freshness'),
        query: text(10_000),
        withinSeconds: seconds,
      })(value, at, wrong);
    default:
      return object<Extract<DrillCheck, { type: 'query' }>>({
        ...common,
        type: oneOf('query'),
        query: text(10_000),
        equals: json(10_000),
        atLeast: optional(number(-Infinity, Infinity)),
        atMost: optional(number(-Infinity, Infinity)),
      })(value, at, wrong);
  }
};

const drillTarget: Shape<DrillTarget> = either(
  (value) => (value as { type?: unknown } | null)?.type === 'postgres',
  object<Extract<DrillTarget, { type: 'postgres' }>>({ type: oneOf('postgres'), url, secret: nullable(text()) }),
  object<Extract<DrillTarget, { type: 'aws' }>>({
    type: oneOf('aws'),
    account,
    region,
    subnetGroup: nullable(text(255)),
    securityGroups: list(text(255), 100),
    instanceClasses: list(text(255), 100),
  }),
);

export const drill = object<DrillPolicy>({
  name,
  schedule: list(text(), 100),
  timezone: text(100),
  jitterSeconds: seconds,
  paused: flag,
  point: oneOf<DrillPolicy['point']>('latest', 'random'),
  resources: nullable(count),
  from: nullable(name),
  to: drillTarget,
  rtoSeconds: nullable(seconds),
  readsAll: flag,
  database: nullable(text(255)),
  checks: list(check, 200),
});

const permit = {
  requestId: text(4096),
  // The server refuses to signal anything else, and with that the whole task of the semaphore.
  holderWorkflowId: text(1000, /^[\x20-\x7e]+$/, 'the id of a workflow'),
  holderRunId: text(36, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'the id of a run'),
  resource: object<PermitRequest['resource']>(placed),
  operationId: text(1024),
  priority: number(urgentPriority, 5),
  remainingSeconds: seconds,
} as const;
// As with the id of a workflow: the task that looks would be refused.
const taskQueue = text(255, /^(?!\/_sys\/)[\x20-\x7e]+$/, 'a task queue');
const askerFields = { taskQueue, access, observeSeconds: number(0.001, mostSeconds) } as const;
export const asker = object<Asker>(askerFields);
const wholePermitRequest = object<PermitRequest>({
  ...permit,
  ...askerFields,
  capacity: number(0, 10_000),
  since: count,
});
/** A semaphore carries it from run to run, with a thousand others. */
const mostPermitBytes = 4096;
export const permitRequest: Shape<PermitRequest> = (value, at, wrong) => {
  let isWhole = true;
  const request = wholePermitRequest(value, at, (fault) => {
    isWhole = false;
    wrong(fault);
  });
  const bytes = isWhole ? packedBytes({ ...request, begunAt: request.since, told: false }) : 0;
  if (bytes > mostPermitBytes) wrong(`the request must be carried in ${mostPermitBytes} bytes, and takes ${bytes}`);
  return request;
};
export const queuedAnswer = object<QueuedAnswer>({
  requestId: text(4096),
  askAgainSeconds: nullable(number(1, longestPauseMilliseconds / 1000)),
});
const holder = object<Holder>({ ...permit, begunAt: count, grantedAt: count, told: flag });
const packedLength = 13;
const packedParts = list(
  either((one) => typeof one === 'string', anyText(4096), count),
  packedLength,
);
export const packedPermit: Shape<PackedPermit> = (value, at, wrong) => {
  const parts = packedParts(value, at, wrong);
  if (Array.isArray(parts) && parts.length === packedLength) holder(unpacked(parts), at, wrong);
  else wrong(`${at} must be a permit of ${packedLength} parts`);
  return parts;
};
