import { type Scope } from '../../../src/core/catalogue/copy';
import { type Clouds } from '../../../src/kinds/kind';
import { FakeObjectStore } from '../../fakes/objectStore';

/** Keys and buckets in memory, for kinds that ask AWS for nothing else. */
export class ToyClouds {
  private readonly buckets = new Map<string, FakeObjectStore>();

  bucket(name: string): FakeObjectStore {
    const found = this.buckets.get(name) ?? new FakeObjectStore();
    this.buckets.set(name, found);
    return found;
  }

  /** As kinds take them. */
  get clouds(): Clouds {
    return {
      access: { bucket: (_scope: Scope, name: string) => this.bucket(name) },
      keys: { arn: async (scope: Scope, key: string) => keyArn(scope, key) },
    } as unknown as Clouds;
  }
}

export function keyArn({ account, region }: Pick<Scope, 'account' | 'region'>, key: string): string {
  return key.startsWith('arn:') ? key : `arn:aws:kms:${region}:${account}:key/${key.replace('alias/', '')}`;
}
