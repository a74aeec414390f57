import { resourcePath } from '../../core/resource';
import { type NamedResource } from './recoveryPointSnapshot';

export type ResourceName = (resource: NamedResource) => string;

/** `panda-cluster-1 (999999999999/eu-west-1)`; the kind stands before it where another one there has the same identifier. */
export function resourceNames(all: readonly NamedResource[]): ResourceName {
  const plain = ({ id, account, region }: NamedResource) => `${id} (${account}/${region})`;
  const paths = new Map<string, Set<string>>();
  for (const one of all) paths.set(plain(one), (paths.get(plain(one)) ?? new Set()).add(resourcePath(one)));
  return (one) => ((paths.get(plain(one))?.size ?? 0) > 1 ? `${one.kind} ${plain(one)}` : plain(one));
}

/** As much of the end of its path as tells it from all others: what commands take as its name. */
export function shortNames(all: readonly NamedResource[]): ResourceName {
  const ends = ({ kind, account, region, id }: NamedResource) => [
    id,
    `${region}/${id}`,
    `${account}/${region}/${id}`,
    `${kind}/${account}/${region}/${id}`,
  ];
  const paths = new Map<string, Set<string>>();
  for (const one of all)
    for (const end of ends(one)) paths.set(end, (paths.get(end) ?? new Set()).add(resourcePath(one)));
  return (one) => ends(one).find((end) => (paths.get(end)?.size ?? 0) <= 1) ?? resourcePath(one);
}
