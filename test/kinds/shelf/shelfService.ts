import { createHash } from 'node:crypto';
import { type Scope } from '../../../src/core/catalogue/copy';
import { type Input, ServiceError, ToyServer } from '../service/toyServer';

/** What stood on a shelf from some moment on. */
export interface ShelfState {
  /** Epoch milliseconds. */
  readonly from: number;
  readonly items: readonly string[];
}

export interface StoredShelf {
  readonly name: string;
  readonly arn: string;
  readonly account: string;
  readonly region: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly history: ShelfState[];
}

export interface StoredExport {
  readonly id: string;
  readonly token: string;
  readonly account: string;
  readonly region: string;
  readonly shelf: string;
  /** The moment of the data, epoch milliseconds. */
  readonly at: number;
  readonly bucket: string;
  readonly prefix: string;
  readonly startedAt: number;
  endsAt: number;
  state: 'running' | 'completed' | 'failed';
  reason: string | null;
  items: number;
}

export interface ShelfSettings {
  exportSeconds: number;
}

/** Puts an object into a bucket. */
export type PutObject = (bucket: string, key: string, content: string) => Promise<void>;

/** So many exports run at once in an account and region. */
export const exportsAtOnce = 5;
const itemsPerFile = 100;
const pageSize = 20;
/** The service remembers this long what was on a shelf. */
const rememberedMilliseconds = 35 * 24 * 3600_000;

/**
 * The service of shelves: it keeps no copies, and writes what stood on a shelf at a moment of the past into a bucket. Nothing
 * stops an export, and nothing tells how far it is.
 */
export class ShelfService {
  readonly shelves = new Map<string, StoredShelf>();
  readonly exports = new Map<string, StoredExport>();
  readonly settings: ShelfSettings = { exportSeconds: 2 };
  /** Buckets that the service may not write into. */
  readonly closedBuckets = new Set<string>();
  server!: ToyServer;
  private readonly writing = new Map<string, Promise<void>>();

  private constructor(private readonly put: PutObject) {}

  static async start(
    put: PutObject,
    settings: Partial<ShelfSettings> = {},
    now?: () => number | Promise<number>,
  ): Promise<ShelfService> {
    const service = new ShelfService(put);
    Object.assign(service.settings, settings);
    service.server = await ToyServer.start(
      {
        ListShelves: (caller, { after }) =>
          service.page([...service.shelves.values()], caller, after as string | undefined, ({ name }) => name),
        DescribeShelf: (caller, { name }) => service.shelfOf(caller, String(name)),
        StartExport: (caller, input, at) => service.startExport(caller, input, at),
        DescribeExport: async (caller, { id }, at) => {
          const found = service.exports.get(String(id));
          if (found?.account !== caller.account || found.region !== caller.region)
            throw new ServiceError(404, 'NotFound', `there is no export ${String(id)}`);
          return service.settled(found, at);
        },
        ListExports: async (caller, { after }, at) => {
          for (const one of service.exports.values()) await service.settled(one, at);
          return service.page([...service.exports.values()], caller, after as string | undefined, ({ id }) => id);
        },
      },
      now,
    );
    return service;
  }

  plant(shelf: Pick<StoredShelf, 'name' | 'account' | 'region'> & Partial<StoredShelf>): StoredShelf {
    const { account, region, name } = shelf;
    const planted = {
      arn: `arn:aws:shelf:${region}:${account}:shelf/${name}`,
      tags: {},
      history: [{ from: 0, items: [`first thing of ${name}`] }],
      ...shelf,
    };
    this.shelves.set(`${account}/${region}/${name}`, planted);
    return planted;
  }

  exportsOf({ name, account, region }: StoredShelf): StoredExport[] {
    return [...this.exports.values()].filter(
      (one) => one.shelf === name && one.account === account && one.region === region,
    );
  }

  private startExport(caller: Scope, input: Input, now: number): StoredExport {
    const { account, region } = caller;
    const { shelf: name, token, at, bucket, prefix } = input as Readonly<Record<string, string>>;
    const shelf = this.shelfOf(caller, name ?? '');
    const here = [...this.exports.values()].filter((one) => one.account === account && one.region === region);
    const same = here.find((one) => one.token === token);
    if (same !== undefined) {
      if (same.shelf === name && same.prefix === prefix && same.bucket === bucket) return same;
      throw new ServiceError(409, 'TokenInUse', `token ${token ?? ''} is that of another export`);
    }
    const moment = Date.parse(at ?? '');
    if (!(moment <= now && moment >= now - rememberedMilliseconds))
      throw new ServiceError(400, 'InvalidMoment', `${at ?? ''} is not within the last 35 days`);
    if (here.filter(({ endsAt }) => endsAt > now).length >= exportsAtOnce)
      throw new ServiceError(429, 'TooManyExports', `${exportsAtOnce} exports are running in ${account}/${region}`);
    const started: StoredExport = {
      id: `export-${String(this.exports.size + 1).padStart(6, '0')}`,
      token: token ?? '',
      account,
      region,
      shelf: shelf.name,
      at: moment,
      bucket: bucket ?? '',
      prefix: prefix ?? '',
      startedAt: now,
      endsAt: now + this.settings.exportSeconds * 1000,
      state: 'running',
      reason: null,
      items: 0,
    };
    this.exports.set(started.id, started);
    return started;
  }

  /** An export that is due has written its files. */
  private async settled(one: StoredExport, now: number): Promise<StoredExport> {
    if (one.state !== 'running' || one.endsAt > now) return one;
    const begun = this.writing.get(one.id) ?? this.write(one);
    this.writing.set(one.id, begun);
    await begun;
    return one;
  }

  private async write(one: StoredExport): Promise<void> {
    const { account, region, shelf: name, at, id, bucket, prefix } = one;
    if (this.closedBuckets.has(bucket)) {
      Object.assign(one, { state: 'failed', reason: `no permission to write into ${bucket}` });
      return;
    }
    const history = this.shelves.get(`${account}/${region}/${name}`)?.history ?? [];
    const items = history.findLast(({ from }) => from <= at)?.items ?? [];
    const files: { key: string; items: number; bytes: number; md5: string }[] = [];
    for (let from = 0; from < items.length; from += itemsPerFile) {
      const some = items.slice(from, from + itemsPerFile);
      const content = some.map((item) => `${JSON.stringify(item)}\n`).join('');
      const key = `data/${String(files.length).padStart(4, '0')}.ndjson`;
      await this.put(bucket, `${prefix}${id}/${key}`, content);
      const md5 = createHash('md5').update(content).digest('hex');
      files.push({ key, items: some.length, bytes: Buffer.byteLength(content), md5 });
    }
    await this.put(
      bucket,
      `${prefix}${id}/summary.json`,
      JSON.stringify({ shelf: name, at, items: items.length, files }),
    );
    Object.assign(one, { state: 'completed', items: items.length });
  }

  private page<T extends { account: string; region: string }>(
    all: readonly T[],
    { account, region }: Scope,
    after: string | undefined,
    keyOf: (one: T) => string,
  ): object {
    const found = all
      .filter((one) => one.account === account && one.region === region)
      .filter((one) => after === undefined || keyOf(one) > after)
      .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
    const items = found.slice(0, pageSize);
    const last = items.at(-1);
    return { items, next: found.length > pageSize && last !== undefined ? keyOf(last) : null };
  }

  private shelfOf({ account, region }: Scope, name: string): StoredShelf {
    const shelf = this.shelves.get(`${account}/${region}/${name}`);
    if (shelf !== undefined) return shelf;
    throw new ServiceError(404, 'NotFound', `there is no shelf ${name}`);
  }
}
