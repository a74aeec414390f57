import { type Resource, type ResourceKind, type ResourceRef } from '../../../src/core/resource';
import { type DatabaseConfiguration } from '../../../src/kinds/rds/databaseConfiguration';
import { fakeConfiguration } from './configuration';
import { type Form, kindsOf, likenessOf, wordsOf } from './forms';
import { fakeKeyArn } from './keys';
import { ByPlace, type Place } from './places';

export interface FakeResource {
  readonly kind: ResourceKind;
  readonly account: string;
  readonly region: string;
  readonly id: string;
  /** Default 100. */
  readonly sizeGiB?: number;
  /** Default `customer`, under the key `alias/farcopy`. */
  readonly encryption?: 'none' | 'default' | 'customer';
  /** Alias of the customer key. */
  readonly key?: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly status?: string;
  /** What AWS calls it, whatever its name: another one once it was deleted and made again. Default: it does not tell. */
  readonly resourceId?: string;
}

/** A database or an instance that a restore has made. */
export interface FakeThing {
  readonly id: string;
  readonly arn: string;
  readonly class: string;
  readonly zone: string | null;
  readonly tags: Readonly<Record<string, string>>;
  endsAt: number;
  failed: boolean;
}

/** A database that a restore has made, as it was asked for. */
export interface FakeDatabase extends FakeThing, ResourceRef {
  readonly keyArn: string | null;
  /** As the call named the snapshot: its id, or the ARN of one that is shared. */
  readonly source: string;
  readonly port: number;
  readonly subnetGroup: string | null;
  readonly securityGroups: readonly string[];
  readonly parameterGroup: string | null;
  readonly sizeGiB: number;
  readonly roles: { readonly arn: string; readonly feature: string | null }[];
  /** By their ids, the writer first. */
  readonly instances: Map<string, FakeThing>;
  /** From deletion. */
  protected: boolean;
}

export type FakeStatus = 'creating' | 'available' | 'failed';

/** Databases of both sorts: those that are to be protected, and those that restores have made. */
export class FakeDatabases {
  readonly resources = new ByPlace<Resource>();
  readonly restored = new ByPlace<FakeDatabase>();
  /** How resources are set up, by ARN, where a test says so. */
  readonly configurations = new Map<string, DatabaseConfiguration>();

  constructor(
    private readonly now: () => number,
    private readonly milliseconds: () => number,
  ) {}

  add(resource: FakeResource): ResourceRef {
    const { kind, account, region, id } = resource;
    const { form, engine } = likenessOf(kind);
    const arn = `arn:aws:rds:${region}:${account}:${wordsOf[form].arnType}:${id}`;
    const encryption = resource.encryption ?? 'customer';
    const alias = encryption === 'default' ? 'alias/aws/rds' : (resource.key ?? 'alias/farcopy');
    this.resources.in(kind, resource).set(id, {
      ...{ kind, account, region, id, arn, engine },
      tags: resource.tags ?? {},
      status: resource.status ?? 'available',
      sizeGiB: resource.sizeGiB ?? 100,
      keyArn: encryption === 'none' ? null : fakeKeyArn(resource, alias),
      ...(resource.resourceId === undefined ? {} : { incarnation: resource.resourceId }),
    });
    return { kind, account, region, id, arn };
  }

  /** A database as a restore would have made it, or a person. */
  addRestored(database: Pick<ResourceRef, 'kind' | 'account' | 'region' | 'id'> & Partial<FakeDatabase>): FakeDatabase {
    const { kind, id } = database;
    const place = { account: database.account, region: database.region };
    const { arnType } = wordsOf[likenessOf(kind).form];
    const made: FakeDatabase = {
      ...{ ...this.begin(id, place, arnType, { class: undefined, zone: undefined }), endsAt: this.now() },
      ...{ keyArn: null, source: '', port: 5432, subnetGroup: null, securityGroups: [], parameterGroup: null },
      ...{ sizeGiB: 100, roles: [], instances: new Map<string, FakeThing>(), protected: false, tags: {} },
      ...database,
    };
    this.restored.in(kind, place).set(id, made);
    return made;
  }

  configuration(resource: Resource): DatabaseConfiguration {
    return this.configurations.get(resource.arn) ?? fakeConfiguration(resource);
  }

  resourcesIn(form: Form, place: Place): Resource[] {
    return kindsOf(form).flatMap((kind) => [...this.resources.in(kind, place).values()]);
  }

  restoredIn(form: Form, place: Place): FakeDatabase[] {
    return kindsOf(form).flatMap((kind) => [...this.restored.in(kind, place).values()]);
  }

  findResource(form: Form, place: Place, id: string): Resource | undefined {
    return firstOf(kindsOf(form), (kind) => this.resources.in(kind, place).get(id));
  }

  findRestored(form: Form, place: Place, id: string): FakeDatabase | undefined {
    return firstOf(kindsOf(form), (kind) => this.restored.in(kind, place).get(id));
  }

  /** What a call has begun to make. */
  begin(
    id: string,
    { account, region }: Place,
    arnType: string,
    of: { readonly class: string | undefined; readonly zone: string | undefined },
  ) {
    return {
      id,
      arn: `arn:aws:rds:${region}:${account}:${arnType}:${id}`,
      class: of.class ?? '',
      zone: of.zone ?? null,
      endsAt: this.now() + this.milliseconds(),
      failed: false,
    };
  }

  statusOf({ failed, endsAt }: FakeThing): FakeStatus {
    if (failed) return 'failed';
    return this.now() >= endsAt ? 'available' : 'creating';
  }
}

export function firstOf<T, V>(all: readonly T[], find: (one: T) => V | undefined): V | undefined {
  for (const one of all) {
    const found = find(one);
    if (found !== undefined) return found;
  }
  return undefined;
}
