import { applicationFailure } from '../../../src/core/applicationFailure';
import { type Scope } from '../../../src/core/catalogue/copy';
import { failureTypes } from '../../../src/core/failure';
import { type Resource } from '../../../src/core/resource';
import { type Clouds, type Kind, type KindOperations } from '../../../src/kinds/kind';
import { type DescribedExport, type DescribedShelf, shelfClient } from './shelfClient';
import { exportShelf } from './shelfExport';
import { shelfExports, shelfKind } from './shelfKind';

export const shelf: Kind = { description: shelfKind, connect: connectShelves };

function connectShelves(clouds: Clouds): KindOperations {
  const client = shelfClient();
  return {
    description: shelfKind,
    async *discover(scope, signal) {
      for await (const page of pages<DescribedShelf>('ListShelves', scope, signal)) yield page.map(resourceOf);
    },
    describe: async ({ id: name }, scope, signal) =>
      resourceOf((await client.ask<DescribedShelf>('DescribeShelf', scope, { name }, signal)).result),
    encryption: () => Promise.resolve({ type: 'none' }),
    steps: { export: exportShelf(client, clouds.access) },
    async inFlight(scope, limit, signal) {
      if (limit !== shelfExports.name)
        throw applicationFailure(failureTypes.invalidInput, `${limit} is no limit of shelves`);
      const tokens: string[] = [];
      for await (const page of pages<DescribedExport>('ListExports', scope, signal))
        for (const { state, token } of page) if (state === 'running') tokens.push(token);
      return tokens;
    },
  };

  async function* pages<T>(action: string, scope: Scope, signal?: AbortSignal): AsyncGenerator<readonly T[]> {
    let after: string | undefined;
    do {
      const { result } = await client.ask<{ items: T[]; next: string | null }>(action, scope, { after }, signal);
      yield result.items;
      after = result.next ?? undefined;
    } while (after !== undefined);
  }
}

function resourceOf({ name: id, arn, account, region, tags }: DescribedShelf): Resource {
  return { kind: 'shelf', account, region, id, arn, tags, status: 'ready', engine: 'shelf', sizeGiB: 1, keyArn: null };
}
