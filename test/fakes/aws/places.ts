import { type Scope } from '../../../src/core/catalogue/copy';
import { type ResourceKind } from '../../../src/core/resource';

export type Place = Pick<Scope, 'account' | 'region'>;

/** Things by their ids, apart for each kind, account and region. */
export class ByPlace<V> {
  private readonly all = new Map<string, Map<string, V>>();

  in(kind: ResourceKind, { account, region }: Place): Map<string, V> {
    const key = `${kind} ${account} ${region}`;
    let found = this.all.get(key);
    if (found === undefined) this.all.set(key, (found = new Map<string, V>()));
    return found;
  }

  values(): V[] {
    return [...this.all.values()].flatMap((byId) => [...byId.values()]);
  }
}
