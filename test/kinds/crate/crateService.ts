import { type Scope } from '../../../src/core/catalogue/copy';
import { type Input, ServiceError, ToyServer } from '../service/toyServer';

export interface StoredCrate {
  readonly id: string;
  readonly arn: string;
  readonly account: string;
  readonly region: string;
  readonly sizeGiB: number;
  readonly keyArn: string | null;
  readonly tags: Record<string, string>;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** What lies in it; each change replaces one GiB. */
  content: string;
  changes: number;
  readyAt: number;
  isBusy: boolean;
}

export interface StoredCopy {
  readonly id: string;
  readonly arn: string;
  readonly account: string;
  readonly region: string;
  readonly crateArn: string;
  readonly sourceArn: string | null;
  readonly content: string;
  readonly changes: number;
  readonly sizeGiB: number;
  /** What had to be sent: all of it where no earlier copy of the crate is there. */
  readonly copiedGiB: number;
  readonly keyArn: string | null;
  readonly tags: Record<string, string>;
  readonly createdAt: number;
  endsAt: number;
  /** Shows once it has ended. */
  trouble: string | null;
  readonly sharedWith: Set<string>;
}

export interface CrateSettings {
  /** What is new shows in lists and to filters only after this time. */
  lagSeconds: number;
  copySeconds: number;
  secondsPerGiB: number;
  crossRegionSeconds: number;
  createSeconds: number;
  /** How many copies an account may keep in a region. */
  stock: number;
}

/** At most so many copies are being made at once in an account and region, unless its owner was granted others. */
const copiesAtOnce = 3;
const pageSize = 20;

/**
 * The service of crates: ids are its own, no call has a token, and what is new shows late. A key that may not be used is told
 * by the state of what was made.
 */
export class CrateService {
  readonly crates = new Map<string, StoredCrate>();
  readonly copies = new Map<string, StoredCopy>();
  /** Everything that was ever made, also what is gone. */
  readonly everMade: StoredCopy[] = [];
  /** ARNs of keys that nobody may use. */
  readonly unusableKeys = new Set<string>();
  readonly settings: CrateSettings = {
    lagSeconds: 8,
    copySeconds: 1,
    secondsPerGiB: 0,
    crossRegionSeconds: 2,
    createSeconds: 1,
    stock: 1000,
  };
  /** What was granted, by `account/region`. */
  readonly capacities = new Map<string, number>();
  readonly highWater = new Map<string, number>();
  server!: ToyServer;
  private numbers = 0;

  static async start(
    settings: Partial<CrateSettings> = {},
    now?: () => number | Promise<number>,
  ): Promise<CrateService> {
    const service = new CrateService();
    Object.assign(service.settings, settings);
    service.server = await ToyServer.start(
      {
        ListCrates: (caller, input, at) => service.page(service.crates, caller, input, at),
        DescribeCrate: (caller, { id }) => service.crateOf(caller, String(id)),
        CreateCrate: (caller, input, at) => service.createCrate(caller, input, at),
        DeleteCrate: (caller, { id }) => void service.crates.delete(service.crateOf(caller, String(id)).id),
        CreateCopy: (caller, input, at) => service.createCopy(caller, input, at),
        ImportCopy: (caller, input, at) => service.importCopy(caller, input, at),
        ListCopies: (caller, input, at) => service.page(service.copies, caller, input, at, shownCopy),
        DescribeCopy: (caller, { id }, at) => shownCopy(service.copyOf(caller, String(id)), at),
        DeleteCopy: (caller, { id }, at) => service.deleteCopy(service.copyOf(caller, String(id)), at),
        TagCopy: (caller, { id, tags }) => void Object.assign(service.copyOf(caller, String(id)).tags, tags),
        ShareCopy: (caller, { id, account }, at) =>
          void ended(service.copyOf(caller, String(id)), at).sharedWith.add(String(account)),
        UnshareCopy: (caller, { id, account }) =>
          void service.copyOf(caller, String(id)).sharedWith.delete(String(account)),
        ListSharesOfCopy: (caller, { id }) => [...service.copyOf(caller, String(id)).sharedWith],
      },
      now,
    );
    return service;
  }

  /** A crate that somebody has filled long ago. */
  plant(crate: Pick<StoredCrate, 'account' | 'region'> & Partial<StoredCrate>): StoredCrate {
    const id = this.newId('crate');
    const planted = {
      id,
      arn: arnOf('crate', crate, id),
      sizeGiB: 10,
      keyArn: null,
      tags: {},
      createdAt: 0,
      content: `content of ${id}`,
      changes: 0,
      readyAt: 0,
      isBusy: false,
      ...crate,
    };
    this.crates.set(id, planted);
    return planted;
  }

  /** Somebody writes into a crate. */
  change({ id }: Pick<StoredCrate, 'id'>, content: string): void {
    const crate = this.crates.get(id);
    if (crate === undefined) throw new Error(`there is no crate ${id}`);
    crate.content = content;
    crate.changes += 1;
  }

  /** Copies of a crate that are there now, the oldest first. */
  copiesOf({ arn }: Pick<StoredCrate, 'arn'>): StoredCopy[] {
    return [...this.copies.values()].filter((copy) => copy.crateArn === arn);
  }

  async pending(): Promise<StoredCopy[]> {
    const now = await this.server.now();
    return [...this.copies.values()].filter(({ endsAt }) => endsAt > now);
  }

  private createCopy(caller: Scope, { crate: id, tags }: Input, now: number): object {
    const crate = this.crateOf(caller, String(id));
    if (crate.isBusy) throw new ServiceError(409, 'CrateBusy', `${crate.id} is being resized`);
    return this.begin(caller, crate, null, crate.keyArn, tags as Record<string, string>, now);
  }

  private importCopy(caller: Scope, { source: arn, key, tags }: Input, now: number): object {
    const source = [...this.copies.values()].find((copy) => copy.arn === arn);
    const mayRead = source?.account === caller.account || source?.sharedWith.has(caller.account) === true;
    if (source === undefined || !mayRead)
      throw new ServiceError(403, 'AccessDenied', `${String(arn)} is not shared with ${caller.account}`);
    ended(source, now);
    const { account, region } = caller;
    if (source.keyArn !== null && source.region !== region && typeof key !== 'string')
      throw new ServiceError(400, 'KeyRequired', `the key of ${source.id} is of ${source.region}`);
    if (source.account !== account && source.region !== region)
      throw new ServiceError(400, 'CrossesBoth', 'another account’s copy is copied in its own region first');
    const keyArn = typeof key === 'string' ? key : source.keyArn;
    return this.begin(caller, source, source, keyArn, tags as Record<string, string>, now);
  }

  private begin(
    { account, region }: Scope,
    of: StoredCrate | StoredCopy,
    source: StoredCopy | null,
    keyArn: string | null,
    tags: Readonly<Record<string, string>>,
    now: number,
  ): object {
    const crateArn = 'crateArn' in of ? of.crateArn : of.arn;
    const here = [...this.copies.values()].filter((copy) => copy.account === account && copy.region === region);
    const pending = here.filter(({ endsAt }) => endsAt > now).length;
    const place = `${account}/${region}`;
    if (here.length >= this.settings.stock)
      throw new ServiceError(409, 'StockExhausted', `${here.length} copies are kept in ${place}`);
    if (pending >= (this.capacities.get(place) ?? copiesAtOnce))
      throw new ServiceError(429, 'TooManyCopies', `${pending} copies are pending in ${place}`);
    this.highWater.set(place, Math.max(this.highWater.get(place) ?? 0, pending + 1));
    const before = here.filter((copy) => copy.crateArn === crateArn && copy.endsAt <= now && copy.trouble === null);
    const last = Math.max(...before.map(({ changes }) => changes));
    const copiedGiB = before.length === 0 ? of.sizeGiB : Math.min(of.sizeGiB, of.changes - last);
    const { copySeconds, crossRegionSeconds, secondsPerGiB } = this.settings;
    const seconds =
      (source !== null && source.region !== region ? crossRegionSeconds : copySeconds) + secondsPerGiB * copiedGiB;
    const id = this.newId('copy');
    const copy: StoredCopy = {
      id,
      arn: arnOf('copy', { account, region }, id),
      account,
      region,
      crateArn,
      sourceArn: source?.arn ?? null,
      content: of.content,
      changes: of.changes,
      sizeGiB: of.sizeGiB,
      copiedGiB,
      keyArn,
      tags: { ...tags },
      createdAt: now,
      endsAt: now + seconds * 1000,
      trouble: keyArn !== null && this.unusableKeys.has(keyArn) ? `key ${keyArn} cannot be used` : null,
      sharedWith: new Set(),
    };
    this.copies.set(id, copy);
    this.everMade.push(copy);
    return shownCopy(copy, now);
  }

  private createCrate(caller: Scope, { copy: arn, key, tags }: Input, now: number): object {
    const copy = [...this.copies.values()].find((one) => one.arn === arn);
    const mayRead = copy?.account === caller.account || copy?.sharedWith.has(caller.account) === true;
    if (copy === undefined || !mayRead || copy.region !== caller.region || copy.endsAt > now)
      throw new ServiceError(404, 'NotFound', `there is no copy ${String(arn)} in ${caller.region}`);
    const { account, region } = caller;
    return this.plant({
      account,
      region,
      sizeGiB: copy.sizeGiB,
      keyArn: typeof key === 'string' ? key : copy.keyArn,
      tags: { ...(tags as Record<string, string>) },
      content: copy.content,
      changes: copy.changes,
      createdAt: now,
      readyAt: now + this.settings.createSeconds * 1000,
    });
  }

  /** What is being copied of it fails. */
  private deleteCopy(copy: StoredCopy, now: number): void {
    this.copies.delete(copy.id);
    for (const other of this.copies.values())
      if (other.sourceArn === copy.arn && other.endsAt > now)
        Object.assign(other, { endsAt: now, trouble: 'its source was deleted' });
  }

  /** What is new does not show, whatever is asked for. */
  private page<T extends { id: string; account: string; region: string; createdAt: number; tags: object }>(
    all: ReadonlyMap<string, T>,
    { account, region }: Scope,
    { tag, after }: { readonly tag?: unknown; readonly after?: string },
    now: number,
    shown: (one: T, now: number) => object = (one) => one,
  ): object {
    const [name, value] = (tag ?? []) as string[];
    const found = [...all.values()]
      .filter((one) => one.account === account && one.region === region)
      .filter(({ createdAt }) => now - createdAt >= this.settings.lagSeconds * 1000)
      .filter(({ tags }) => name === undefined || (tags as Record<string, string>)[name] === value)
      .filter(({ id }) => after === undefined || id > after)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    const items = found.slice(0, pageSize);
    return { items: items.map((one) => shown(one, now)), next: found.length > pageSize ? items.at(-1)?.id : null };
  }

  private crateOf({ account, region }: Scope, id: string): StoredCrate {
    const crate = this.crates.get(id);
    if (crate?.account === account && crate.region === region) return crate;
    throw new ServiceError(404, 'NotFound', `there is no crate ${id}`);
  }

  private copyOf({ account, region }: Scope, id: string): StoredCopy {
    const copy = this.copies.get(id);
    if (copy?.account === account && copy.region === region) return copy;
    throw new ServiceError(404, 'NotFound', `there is no copy ${id}`);
  }

  private newId(of: 'crate' | 'copy'): string {
    this.numbers += 1;
    return `${of}-${String(this.numbers).padStart(6, '0')}`;
  }
}

/** What is pending can neither be shared nor read. */
function ended(copy: StoredCopy, now: number): StoredCopy {
  if (copy.endsAt > now) throw new ServiceError(409, 'CopyPending', `${copy.id} is pending`);
  return copy;
}

function shownCopy(copy: StoredCopy, now: number): object {
  const { content: _content, changes: _changes, sharedWith: _sharedWith, trouble, endsAt, ...shown } = copy;
  const ended = endsAt <= now;
  const percent = Math.floor((100 * (now - copy.createdAt)) / Math.max(1, endsAt - copy.createdAt));
  return {
    ...shown,
    state: !ended ? 'pending' : trouble === null ? 'completed' : 'error',
    reason: ended ? trouble : null,
    percent: ended ? 100 : Math.min(99, percent),
  };
}

function arnOf(of: 'crate' | 'copy', { account, region }: { account: string; region: string }, id: string): string {
  return `arn:aws:crate:${region}:${account}:${of}/${id}`;
}
