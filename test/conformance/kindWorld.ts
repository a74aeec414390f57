import { type Destination } from '../../src/core/backup/policy';
import { copyTags, type CopyRef, type Scope } from '../../src/core/catalogue/copy';
import { type LimitName } from '../../src/core/limits/limit';
import { type ResourceRef } from '../../src/core/resource';
import { type ConnectedKinds, type KindOperations } from '../../src/kinds/kind';

/** `default`: under the account's own key. `forbidden`: under a key that the vault may not use. */
export type Encryption = 'none' | 'default' | 'customer' | 'forbidden';

/** Calls whose answers can be lost. */
export type LosableCall = 'snapshot' | 'copy' | 'restore';

/** A world of its own for one test: nothing in it ends by itself. */
export interface KindWorld {
  readonly kinds: ConnectedKinds;
  /** The account that owns the resources; what restores make is made there too. */
  readonly owner: Scope;
  /** That account in another region. */
  readonly ownerElsewhere: Scope;
  /** Another account, same region as the owner. */
  readonly vault: Scope;
  /** That account in the other region. */
  readonly vaultElsewhere: Scope;
  /** Alias of a key that every scope has, and that the vault may use wherever it is. Null where there are no keys. */
  readonly key: string | null;
  /** An available resource, tagged `backup: true`. */
  addResource(id: string, encryption: Encryption): Promise<ResourceRef>;
  setCapacity(scope: Scope, limit: LimitName, capacity: number): Promise<void>;
  /** How many copies each account may keep in a region. */
  setStock(count: number): Promise<void>;
  /** Ends what is being made now. */
  finish(made: Pick<CopyRef, 'id' | 'arn'>): Promise<void>;
  fail(made: CopyRef): Promise<void>;
  /** The next call of that sort does its work, and its answer is lost. */
  loseAnswer(of: LosableCall): Promise<void>;
  /** Where the service gives resources their ids: the tag that has the name of one. */
  readonly nameTag?: string;
  /** The owner's account has nothing of that name which a restore would want to find there. */
  lacks?(name: string): void;
  close(): Promise<void>;
}

export interface Conformance {
  /** As a test's title: `the fake aurora-cluster`. */
  readonly name: string;
  /** By its presence an ability is tested: what a kind does not have is shown as skipped. */
  readonly declared: KindOperations;
  readonly makeWorld: () => Promise<KindWorld>;
  /** Ways in which resources of the kind can be encrypted. Default: all. */
  readonly encryptions?: readonly Encryption[];
  /** More than one page of a list. Default 105, since AWS answers with 100. */
  readonly moreThanAPage?: number;
  /** True where the service gives resources their ids, so that no name is ever taken. */
  readonly assignsIds?: boolean;
  /** Where backups go. Default: the vault account, and its second region. */
  readonly route?: readonly Destination[];
}

/** The world of the test that runs, made anew for each. */
export interface WorldOfTest {
  readonly world: KindWorld;
  readonly kind: KindOperations;
}

export function worldForEach({ declared, makeWorld }: Conformance): WorldOfTest {
  let world: KindWorld;
  beforeEach(async () => {
    world = await makeWorld();
  });
  afterEach(() => world.close());
  return {
    get world() {
      return world;
    },
    get kind() {
      return world.kinds.of(declared.description.name);
    },
  };
}

/** Whether a resource is the one of a name: by its id, or where its service has given it that, by its tag. */
export function isNamed(
  { nameTag }: Pick<KindWorld, 'nameTag'>,
  { id, tags }: { readonly id: string; readonly tags: Readonly<Record<string, string>> },
  name: string,
): boolean {
  return nameTag === undefined ? id === name : tags[nameTag] === name;
}

/** The tags by which a copy is known. */
export function tagsOf(resource: ResourceRef, recoveryPoint = 'rp-1'): Record<string, string> {
  return {
    [copyTags.fleet]: 'panda',
    [copyTags.resource]: resource.arn,
    [copyTags.recoveryPoint]: recoveryPoint,
  };
}

export async function collect<T>(pages: AsyncIterable<readonly T[]>): Promise<T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}
