import { type ProtectionPolicy } from './backup/policy';
import { type RetentionRole } from './catalogue/copy';
import { type Resource, type ResourceRef, type SourceEncryption } from './resource';
import { type ServiceLimit } from './limits/limit';
import { type RestoreOption } from './restore/restoreRequest';
import { type Step } from './steps/step';

/** What a kind of resource can and cannot do, as far as general code must know. */
export interface KindCapabilities {
  /** Whether copies bear names that we choose; of `assigned` ones a tag or token tells whose they are. */
  readonly names: 'chosen' | 'assigned';
  /** Of which moment the data of a copy is: of its start, of a time that we choose, or of all the time it takes. */
  readonly moment: 'at-start' | 'chosen' | 'interval';
  /** Whether copies are things of the service, which another account can be let read; false: records in buckets speak alone. */
  readonly copies: 'shared' | 'own-account' | false;
  /** Whether the service copies across accounts and regions in one call (`singleStepCopy`). */
  readonly crossesBoth: boolean;
  /** True where copying a plain copy with a key encrypts it. */
  readonly encryptsPlainOnCopy: boolean;
  /** Alias of the account's own key, under which nothing can be shared: `aws/{service}`. Null where there is none. */
  readonly defaultKey: string | null;
  /** Where the service writes objects from: the resource itself, or a copy in a vault. Null: it writes none. */
  readonly exportsFrom: 'source' | 'vault' | null;
  /** True where a copy can be made into the resource again. */
  readonly restores: boolean;
  /** What drills can do with a restored one: connect to it and read it. */
  readonly answersSql: boolean;
}

/** Rules of identifiers. */
export interface IdRule {
  readonly pattern: RegExp;
  /** In words: `1–63 letters, digits and single hyphens, beginning with a letter`. */
  readonly rule: string;
  readonly caseSensitive: boolean;
}

/** An identifier as its service stores it. */
export function storedId({ id }: Pick<KindDescription, 'id'>, text: string): string {
  return id.caseSensitive ? text : text.toLowerCase();
}

/** A permission that a role needs for the kind; templates, `check` and the security page are made from these. */
export interface Permission {
  readonly role: 'source' | 'vault' | 'lender' | 'restore' | RetentionRole;
  /** As IAM names it: `s3:GetObject`. */
  readonly action: string;
}

/** How many copies an account may keep in a region, whoever has made them. */
export interface CopyStock {
  /** Kinds that share a stock name it alike. */
  readonly name: string;
  /** In words: `manual cluster snapshots`. */
  readonly title: string;
  /** The service's default. */
  readonly capacity: number;
  readonly source: string;
}

/** The call that deletes a copy. */
export interface CopyDeletion {
  /** As IAM names it. */
  readonly action: string;
  /** What an administrator types to see whether a policy refuses the call: of a copy that is not there, so that nothing is lost. */
  readonly trial: string;
}

/**
 * One kind of resource as data and pure rules. General code reads from here whatever it needs to know, and never names a kind;
 * src/kinds/kind.ts adds what calls the clouds.
 */
export interface KindDescription {
  /** Part of workflow ids, paths and tags: lower case, with hyphens. */
  readonly name: string;
  /** For people, in the singular. */
  readonly title: string;
  /** Words that people may write for it, besides its name. */
  readonly aliases: readonly string[];
  /** What a copy is called: `snapshot`. */
  readonly copyNoun: string;
  /** How a copy is deleted in its service, which has no lock against that; null where the service keeps none. */
  readonly copyDeletion: CopyDeletion | null;
  /** Absent where its service counts no copies. */
  readonly stock?: CopyStock;
  /**
   * The name of the lasting copies of a recovery point, the same in every place. What has another name bears tags that somebody has copied,
   * and is deleted by nothing. Absent where its service assigns names, or keeps no copies.
   */
  readonly copyName?: (fleet: string, resource: ResourceRef, scheduledTime: string) => string;
  readonly id: IdRule;
  /** What an ARN names; null where it names nothing of the kind. Several kinds may share a form of ARN. */
  readonly ofArn: (arn: string) => Pick<ResourceRef, 'account' | 'region' | 'id'> | null;
  readonly capabilities: KindCapabilities;
  readonly limits: readonly ServiceLimit[];
  readonly permissions: readonly Permission[];
  /** What a restore may be told beside what every restore may. */
  readonly restoreOptions: readonly RestoreOption[];
  /**
   * Whether a resource is at rest: nothing changes in it, and nothing can be copied of it (a stopped database). `since` is null
   * where the service does not tell. Absent where a kind has no such state.
   */
  readonly atRest?: (resource: Resource) => { readonly reason: string; readonly since: string | null } | null;
  /** Why a resource that the kind covers cannot be copied, in words for people; null where it can. */
  readonly cannotCopy?: (resource: Resource) => string | null;
  /**
   * The steps that bring one moment of a resource through its tier's route.
   *
   * @throws RouteError naming the setting to change, where no such route can be travelled.
   */
  readonly planBackup: (resource: PlannedResource, policy: ProtectionPolicy, scheduledTime: string) => readonly Step[];
}

/** A resource as a list of its service shows it, whether a kind covers it or not. */
export interface Sighting extends Pick<ResourceRef, 'account' | 'region' | 'id' | 'arn'> {
  /** In the words of its service: its engine. */
  readonly what: string;
  /** The kind that covers it, null where none does. */
  readonly kind: string | null;
}

/** What a plan must know of a resource. */
export interface PlannedResource extends ResourceRef {
  readonly encryption: SourceEncryption;
  readonly facts?: Resource['facts'];
}

/** Why no route can be planned; the message names the setting to change. */
export class RouteError extends Error {
  override readonly name = 'RouteError';
}

/** The kinds that a fleet may protect: a registry, in the order in which they are shown. */
export class Kinds {
  private readonly byName: ReadonlyMap<string, KindDescription>;

  constructor(readonly all: readonly KindDescription[]) {
    this.byName = new Map(all.map((kind) => [kind.name, kind]));
  }

  get names(): readonly string[] {
    return this.all.map(({ name }) => name);
  }

  has(name: string): boolean {
    return this.byName.has(name);
  }

  /** @throws RangeError where there is no such kind. */
  get(name: string): KindDescription {
    const kind = this.byName.get(name);
    if (kind === undefined)
      throw new RangeError(`there is no kind of resource ${name}; there are ${this.names.join(', ')}`);
    return kind;
  }

  /** The kind that a word means: its name, or one of its aliases. */
  named(word: string): KindDescription | undefined {
    return this.byName.get(word) ?? this.all.find(({ aliases }) => aliases.includes(word));
  }

  /** A resource as a person wrote it, with the kind's name where a path `kind/account/region/id` begins with an alias of it. */
  spelledOut(resource: string): string {
    const [word = '', ...rest] = resource.split('/');
    return rest.length === 3 ? [this.named(word)?.name ?? word, ...rest].join('/') : resource;
  }

  /** Everything an ARN may name: kinds that share a form of ARN each have one. Empty for the ARN of anything else. */
  ofArn(arn: string): readonly ResourceRef[] {
    return this.all.flatMap(({ name, ofArn }) => {
      const found = ofArn(arn);
      return found === null ? [] : [{ kind: name, ...found, arn }];
    });
  }

  get limits(): readonly ServiceLimit[] {
    const limits = new Map(this.all.flatMap((kind) => kind.limits.map((limit) => [limit.name, limit] as const)));
    return [...limits.values()];
  }
}
