import { resourcePath } from '../resource';
import { type Holder, type Waiter } from './permit';

/** A permit as it is carried from run to run: 0 stands for a permit that is not granted yet. */
export type PackedPermit = readonly (string | number)[];

/**
 * Says everything once: a run's id, a workflow's and a resource's stand in each other. About 250 bytes instead of 700.
 *
 * @returns what {@link unpacked} makes a holder of again
 */
export function packed({ resource, holderWorkflowId, holderRunId, ...one }: Holder): PackedPermit {
  const { kind, account, region, id } = resource;
  const of = [resourcePath(resource), holderRunId, id];
  return [
    ...[kind, account, region, id, shortened(holderWorkflowId, of), holderRunId],
    ...[shortened(one.requestId, [holderWorkflowId, holderRunId]), shortened(one.operationId, of)],
    ...[one.priority, one.remainingSeconds, one.begunAt, one.grantedAt, Number(one.told)],
  ];
}

export function unpacked(permit: PackedPermit): Holder {
  const [kind, account, region, id, workflow, run, request, operation] = permit.map(String) as Eight;
  const [priority, remainingSeconds, begunAt, grantedAt, told] = permit.slice(8).map(Number) as Five;
  const resource = { kind, account, region, id };
  const of = [resourcePath(resource), run, id];
  const holderWorkflowId = whole(workflow, of);
  return {
    requestId: whole(request, [holderWorkflowId, run]),
    holderWorkflowId,
    holderRunId: run,
    resource,
    operationId: whole(operation, of),
    priority,
    remainingSeconds,
    begunAt,
    grantedAt,
    told: told === 1,
  };
}

/** How many bytes of a payload it takes, also once it is granted. */
export function packedBytes(permit: Waiter): number {
  return (
    new TextEncoder().encode(JSON.stringify(packed({ ...permit, grantedAt: permit.begunAt, told: true }))).length + 1
  );
}

type Eight = [string, string, string, string, string, string, string, string];
type Five = [number, number, number, number, number];

/** `*0*` stands for the first of the parts; an asterisk of the text is doubled. */
function shortened(text: string, parts: readonly string[]): string {
  return parts.reduce(
    (short, part, i) => (part.length < 4 || part.includes('*') ? short : short.replaceAll(part, `*${i}*`)),
    text.replaceAll('*', '**'),
  );
}

function whole(short: string, parts: readonly string[]): string {
  return short.replace(/\*(\d?)\*/g, (_, i: string) => (i === '' ? '*' : (parts[Number(i)] ?? '')));
}
