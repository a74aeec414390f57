import { type Client } from '@temporalio/client';
import { type Fleet } from '../../config';
import { resourcePath } from '../../core/resource';
import { listLifecycles } from '../backup/listLifecycles';
import { type NamedResource } from '../backup/recoveryPointSnapshot';
import { type FleetClouds } from '../../activities/catalogue/fleetClouds';
import { listCopies } from '../../activities/catalogue/listCopies';
import { type Gone, matches, type ResourceArgument } from './resourceArgument';

/** What Temporal and the clouds still know of resources that no account has any more. */
export async function goneResources(
  fleet: Fleet,
  clouds: FleetClouds,
  client: () => Promise<Client>,
  named: readonly ResourceArgument[],
  signal: AbortSignal,
): Promise<(argument: ResourceArgument) => Gone | null> {
  const [lifecycles, catalogue] = await Promise.all([
    lifecyclesOf(fleet.name, client),
    // One copy of it says that it was there.
    Promise.all(
      named.map((one) => listCopies(fleet, clouds, { isWanted: (it) => matches(one, it), limit: 1, signal })),
    ),
  ]);
  const copies = new Map(named.map((one, i) => [one, catalogue[i]]));
  return (argument) => {
    const found = copies.get(argument);
    const lifecycle = lifecycles.find((one) => matches(argument, one));
    const total = found?.total ?? 0;
    const path = lifecycle === undefined ? pathOf(found?.copies[0]?.recoveryPoint) : resourcePath(lifecycle);
    return path === null || (lifecycle === undefined && total === 0)
      ? null
      : goneText(path, lifecycle !== undefined, total);
  };
}

/** @param path `kind/account/region/id` */
export function goneText(path: string, hasLifecycle: boolean, copies: number): Gone {
  const [kind = '', account = '', region = '', id = ''] = path.split('/');
  const kept =
    copies === 0 ? 'no copy of it is left' : copies === 1 ? 'a copy of it is kept' : `${copies} copies of it are kept`;
  return {
    message: `${kind} ${id} (${account}/${region}) is gone from the accounts of the fleet; ${kept}${hasLifecycle ? ', and its lifecycle still runs' : ''}`,
    hint: [
      ...(copies === 0 ? [] : [`\`farcopy restore ${path}\` brings it back`]),
      ...(hasLifecycle ? [`\`farcopy retire ${path}\` ends its lifecycle, and the alerts`] : []),
    ].join('; '),
  };
}

/** The command at hand fails anyway: without Temporal less is known. */
async function lifecyclesOf(fleet: string, client: () => Promise<Client>): Promise<NamedResource[]> {
  const found: NamedResource[] = [];
  try {
    for await (const lifecycle of listLifecycles(await client(), fleet)) found.push(lifecycle);
  } catch {
    return found;
  }
  return found;
}

function pathOf(recoveryPoint: string | undefined): string | null {
  return recoveryPoint === undefined ? null : recoveryPoint.split('/').slice(0, 4).join('/');
}
