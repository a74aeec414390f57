import { type RestoreOptions } from '../restore/restoreRequest';

/** A drill of a tier, as the fleet file has it: restore, check, time, tear down. */
export interface DrillPolicy {
  readonly name: string;
  /** Cron expressions; none: only when someone asks for it. */
  readonly schedule: readonly string[];
  readonly timezone: string;
  readonly jitterSeconds: number;
  readonly paused: boolean;
  readonly point: 'latest' | 'random';
  /** How many resources of the tier each firing restores, chosen at random; null for all. */
  readonly resources: number | null;
  /** The place that is restored from; null: the nearest that has a healthy copy. */
  readonly from: string | null;
  readonly to: DrillTarget;
  /** A restore that takes longer fails the drill; null: it is only measured. */
  readonly rtoSeconds: number | null;
  /** Read every table to its end, so that a page that cannot be read is found. */
  readonly readsAll: boolean;
  /** The database that checks run in; null: the one the cluster was made with. */
  readonly database: string | null;
  readonly checks: readonly DrillCheck[];
}

/** Where a drill restores to: an account and a network, or, from a bucket, a server that scratch databases are made on. */
export type DrillTarget =
  | {
      readonly type: 'aws';
      readonly account: string;
      readonly region: string;
      readonly subnetGroup: string | null;
      readonly securityGroups: readonly string[];
      readonly instanceClasses: readonly string[];
    }
  | {
      readonly type: 'postgres';
      /** `postgres://drill@host:5432/postgres?sslmode=verify-full`: the database that scratch ones are made from. */
      readonly url: string;
      /** Name or ARN of the secret with its password, null where the worker's environment has it. */
      readonly secret: string | null;
    };

interface OfResources {
  readonly name: string;
  /** Globs of identifiers; empty: of all. */
  readonly resources: readonly string[];
}

/** What must hold in a restored database. */
export type DrillCheck = OfResources &
  (
    | { readonly type: 'rows'; readonly table: string; readonly atLeast: number }
    /** The one time that the query gives is at most this much before the time of the recovery point's data. */
    | { readonly type: 'freshness'; readonly query: string; readonly withinSeconds: number }
    | {
        readonly type: 'query';
        readonly query: string;
        readonly equals: string | number | boolean | null | undefined;
        readonly atLeast: number | undefined;
        readonly atMost: number | undefined;
      }
  );

/** What a restore into the target is told, in the words of kinds that have networks and classes. */
export function drillOptions({
  subnetGroup,
  securityGroups,
  instanceClasses,
}: Extract<DrillTarget, { type: 'aws' }>): RestoreOptions {
  return {
    ...(instanceClasses.length === 0 ? {} : { instanceClasses }),
    ...(subnetGroup === null ? {} : { subnetGroup }),
    ...(securityGroups.length === 0 ? {} : { securityGroups }),
  };
}
