import { type Copy, type CopyStatus, type Scope } from '../../../src/core/catalogue/copy';
import { failureTypes } from '../../../src/core/failure';
import { type Answer, ToyClient } from '../service/toyClient';

/** Where the service is. */
export const crateUrlVariable = 'FARCOPY_TOY_CRATE_URL';

/** A crate as its service describes it. */
export interface DescribedCrate {
  readonly id: string;
  readonly arn: string;
  readonly account: string;
  readonly region: string;
  readonly sizeGiB: number;
  readonly keyArn: string | null;
  readonly tags: Readonly<Record<string, string>>;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly readyAt: number;
}

interface DescribedCopy extends Pick<DescribedCrate, 'id' | 'arn' | 'account' | 'region' | 'sizeGiB' | 'tags'> {
  readonly crateArn: string;
  readonly sourceArn: string | null;
  readonly keyArn: string | null;
  readonly createdAt: number;
  readonly state: 'pending' | 'completed' | 'error';
  readonly reason: string | null;
  readonly percent: number;
}

/** In how many seconds what is new shows in lists and to filters, as the service promises. Default 8. */
export const showsWithinVariable = 'FARCOPY_TOY_CRATE_SHOWS_WITHIN';
export const showsWithinMilliseconds = (): number => 1000 * Number(process.env[showsWithinVariable] ?? 8);

const statuses: Readonly<Record<DescribedCopy['state'], CopyStatus>> = {
  pending: 'in-progress',
  completed: 'available',
  error: 'failed',
};

/** Calls of the service, in the words of the product. */
export class CrateApi {
  private readonly client = new ToyClient(crateUrlVariable, {
    TooManyCopies: failureTypes.limitReached,
    CrateBusy: failureTypes.busy,
    CopyPending: failureTypes.busy,
    CrossesBoth: failureTypes.configuration,
    KeyRequired: failureTypes.invalidInput,
    StockExhausted: failureTypes.stockExhausted,
  });

  crates(scope: Scope, tag: Tag | null, signal?: AbortSignal): AsyncGenerator<readonly DescribedCrate[]> {
    return this.pages<DescribedCrate>('ListCrates', scope, tag, signal);
  }

  crate(id: string, scope: Scope, signal?: AbortSignal): Promise<Answer<DescribedCrate>> {
    return this.client.ask('DescribeCrate', scope, { id }, signal);
  }

  createCrate(
    scope: Scope,
    input: { readonly copy: string; readonly key: string | null; readonly tags: Readonly<Record<string, string>> },
    signal?: AbortSignal,
  ): Promise<Answer<DescribedCrate>> {
    return this.client.ask('CreateCrate', scope, input, signal);
  }

  async deleteCrate(id: string, scope: Scope, signal?: AbortSignal): Promise<void> {
    await this.client.ask('DeleteCrate', scope, { id }, signal);
  }

  async *copies(scope: Scope, tag: Tag | null, signal?: AbortSignal): AsyncGenerator<readonly Copy[]> {
    for await (const page of this.pages<DescribedCopy>('ListCopies', scope, tag, signal)) yield page.map(copyOf);
  }

  async copy(id: string, scope: Scope, signal?: AbortSignal): Promise<Answer<Copy>> {
    return this.answered(this.client.ask<DescribedCopy>('DescribeCopy', scope, { id }, signal));
  }

  async createCopy(scope: Scope, crate: string, tags: Tags, signal?: AbortSignal): Promise<Copy> {
    return (await this.answered(this.client.ask('CreateCopy', scope, { crate, tags }, signal))).result;
  }

  async importCopy(scope: Scope, source: string, key: string | null, tags: Tags, signal?: AbortSignal): Promise<Copy> {
    return (await this.answered(this.client.ask('ImportCopy', scope, { source, key, tags }, signal))).result;
  }

  async deleteCopy(id: string, scope: Scope, signal?: AbortSignal): Promise<void> {
    await this.client.ask('DeleteCopy', scope, { id }, signal);
  }

  async tagCopy(id: string, scope: Scope, tags: Tags, signal?: AbortSignal): Promise<void> {
    await this.client.ask('TagCopy', scope, { id, tags }, signal);
  }

  async share(id: string, scope: Scope, account: string, signal?: AbortSignal): Promise<void> {
    await this.client.ask('ShareCopy', scope, { id, account }, signal);
  }

  async unshare(id: string, scope: Scope, account: string, signal?: AbortSignal): Promise<void> {
    await this.client.ask('UnshareCopy', scope, { id, account }, signal);
  }

  async sharedWith(id: string, scope: Scope, signal?: AbortSignal): Promise<readonly string[]> {
    return (await this.client.ask<string[]>('ListSharesOfCopy', scope, { id }, signal)).result;
  }

  private async answered(answer: Promise<Answer<DescribedCopy>>): Promise<Answer<Copy>> {
    const { result, at } = await answer;
    return { result: copyOf(result), at };
  }

  private async *pages<T>(
    action: string,
    scope: Scope,
    tag: Tag | null,
    signal?: AbortSignal,
  ): AsyncGenerator<readonly T[]> {
    let after: string | undefined;
    do {
      const { result } = await this.client.ask<{ items: T[]; next: string | null }>(
        action,
        scope,
        { tag: tag ?? undefined, after },
        signal,
      );
      yield result.items;
      after = result.next ?? undefined;
    } while (after !== undefined);
  }
}

export type Tags = Readonly<Record<string, string>>;
export type Tag = readonly [name: string, value: string];

function copyOf(described: DescribedCopy): Copy {
  const { id, arn, account, region, crateArn, sourceArn, keyArn, sizeGiB, tags, state, reason, percent } = described;
  return {
    kind: 'crate',
    account,
    region,
    id,
    arn,
    status: statuses[state],
    rawStatus: state,
    ...(reason === null ? {} : { reason }),
    percent,
    sizeGiB,
    keyArn,
    createdAt: new Date(described.createdAt).toISOString(),
    sourceArn,
    resourceId: crateArn,
    manual: true,
    tags,
  };
}
