import { databaseUrl } from '../../sandbox/seed/databaseUrl';
import {
  type DatabaseData,
  type DataRequest,
  listData,
  type LimitUse,
  plantData,
} from '../../sandbox/seed/emulatorControl';
import { type Secret } from './secretSearch';

/** One call of the emulator's record, see `sandbox/aws/README.md`. */
export interface RecordedCall {
  readonly seq: number;
  readonly account: string;
  readonly principal: string;
  readonly service: string;
  readonly action: string;
  readonly region: string;
  /** Null where the connection was closed without an answer. */
  readonly status: number | null;
  readonly errorCode: string | null;
  readonly userAgent: string;
  readonly resource: string | null;
  /** Id of the fault that struck. */
  readonly fault: string | null;
}

/** Which statements have allowed which actions to whom, and what none has allowed. */
export interface PermissionRecord {
  readonly used: readonly {
    readonly account: string;
    readonly role: string;
    /** The name of the policy. */
    readonly policy: string;
    /** Its Sid. */
    readonly statement: string;
    readonly action: string;
    readonly count: number;
  }[];
  readonly missing: readonly {
    readonly account: string;
    readonly role: string;
    readonly action: string;
    readonly resource: string;
    readonly count: number;
  }[];
}

/** Something to go wrong. */
export interface InjectedFault {
  readonly match?: Partial<Record<'service' | 'action' | 'account' | 'region' | 'role' | 'resource', string>>;
  readonly fault: { readonly type: string } & Readonly<Record<string, unknown>>;
  readonly times?: number;
  readonly probability?: number;
  /** How many calls that it would hit go by first. Default: none. */
  readonly skip?: number;
}

/** The other side of the emulated clouds: what goes wrong there, when operations end, and who called what. */
export class EmulatorControl {
  constructor(private readonly endpoint: string) {}

  /** @returns the fault's id */
  async inject(fault: InjectedFault): Promise<string> {
    return ((await this.ask('POST', 'faults', fault)) as { id: string }).id;
  }

  /** Permits what was denied. */
  async permit(): Promise<void> {
    await this.ask('DELETE', 'denials');
  }

  /** Whether a fault that strikes a number of times has struck so often. */
  async isSpent(id: string): Promise<boolean> {
    const { faults } = (await this.ask('GET', 'faults')) as { faults: { id: string; times: number | null }[] };
    return faults.some((fault) => fault.id === id && fault.times === 0);
  }

  /** Takes one fault away. */
  async withdraw(id: string): Promise<void> {
    await this.ask('DELETE', `faults/${id}`);
  }

  /** Takes every fault away. */
  async heal(): Promise<void> {
    await this.ask('DELETE', 'faults');
  }

  /** Ends what is being made now: it is available. */
  async finish(arn: string): Promise<void> {
    await this.ask('POST', 'operations/finish', { arn });
  }

  /** A snapshot was made so many hours earlier than it was. */
  async age(arn: string, hours: number): Promise<void> {
    await this.ask('POST', 'snapshots/age', { arn, seconds: hours * 3600 });
  }

  /** Every database with real data, restored ones included. */
  async databases(): Promise<readonly DatabaseData[]> {
    return listData(this.endpoint);
  }

  /**
   * Makes one page of a table unreadable in one snapshot, and in what is copied from it later: what is restored from it works
   * until the page is read.
   *
   * @param table As SQL names it. Default: the largest.
   */
  async corruptSnapshot(
    arn: string,
    { table }: { readonly table?: string } = {},
  ): Promise<{ readonly table: string; readonly block: number }> {
    return (await this.ask('POST', 'data/corrupt', { arn, table })) as { table: string; block: number };
  }

  /**
   * Runs SQL in a database as its owner, each statement committed by itself, to change its data between two recovery points:
   * `DROP TABLE shop.orders CASCADE`, `UPDATE shop.orders SET updated_at = updated_at - interval '9 days'`.
   */
  async changeData(database: Pick<DataRequest, 'kind' | 'account' | 'region' | 'id'>, sql: string): Promise<void> {
    const { kind, account, region, id } = database;
    await plantData(this.endpoint, { kind, account, region, id, sql });
  }

  /**
   * Where a database with data takes connections of its owner.
   * @param seeded The seeded database whose snapshot it was restored from, which has the secret. Default: itself.
   */
  async databaseUrl(
    database: Pick<DatabaseData, 'account' | 'region' | 'id'>,
    seeded?: Pick<DatabaseData, 'account' | 'region' | 'id'>,
  ): Promise<string> {
    return databaseUrl(this.endpoint, database, seeded);
  }

  /** Every call since the record was last emptied. */
  async calls(): Promise<readonly RecordedCall[]> {
    return ((await this.ask('GET', 'calls')) as { calls: RecordedCall[] }).calls;
  }

  /** What policies were asked for, where the settings enforce them. */
  async permissions(): Promise<PermissionRecord> {
    return (await this.ask('GET', 'permissions')) as PermissionRecord;
  }

  async limits(): Promise<readonly LimitUse[]> {
    return ((await this.ask('GET', 'limits')) as { limits: LimitUse[] }).limits;
  }

  /** Every secret that the emulator has given to anybody, with its owner. */
  async secrets(): Promise<readonly Secret[]> {
    return ((await this.ask('GET', 'secrets')) as { secrets: Secret[] }).secrets;
  }

  /** Empties the record of calls and lets high-water marks begin anew. */
  async forget(): Promise<void> {
    await this.ask('DELETE', 'calls');
    await this.ask('DELETE', 'limits');
  }

  private async ask(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.endpoint}/_sandbox/${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`the AWS emulator answered ${response.status} to ${method} ${path}: ${text}`);
    return JSON.parse(text);
  }
}
