import { recoveryPointId } from '../naming';
import { resourcePath, type ResourceRef } from '../resource';
import { type SpanAttributes } from './span';

const longest = 256;

type Named = Pick<ResourceRef, 'kind' | 'account' | 'region' | 'id'>;

/**
 * The attributes of a span by the input of its workflow or activity: which resource, recovery point, tier, step and place it is about. Inputs
 * may be of any shape, and nothing else of them is told: no data, no address, no secret.
 */
export function subjectOf(input: unknown): SpanAttributes {
  const of = fields(input);
  const identity = fields(of.identity);
  const step = fields(of.step);
  const resource = resourceIn(identity.resource) ?? resourceIn(of.resource);
  const scheduledTime = text(identity.scheduledTime) ?? text(of.scheduledTime);
  return withoutMissing({
    'farcopy.fleet': text(identity.fleet) ?? text(of.fleet),
    'farcopy.tier': text(identity.tier) ?? text(of.tier),
    'farcopy.resource': resource === undefined ? undefined : resourcePath(resource),
    'farcopy.recovery_point':
      resource === undefined || scheduledTime === undefined ? undefined : pointOf(resource, scheduledTime),
    'farcopy.step': text(step.id),
    'farcopy.step_type': text(step.type),
    'farcopy.place': text(step.place),
  });
}

function resourceIn(value: unknown): Named | undefined {
  const of = fields(value);
  const [kind, account, region, id] = [text(of.kind), text(of.account), text(of.region), text(of.id)];
  if (kind === undefined || account === undefined || region === undefined || id === undefined) return undefined;
  return { kind, account, region, id };
}

function pointOf(resource: Named, scheduledTime: string): string | undefined {
  return Number.isNaN(Date.parse(scheduledTime)) ? undefined : recoveryPointId(resource, scheduledTime);
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= longest ? value : undefined;
}

function withoutMissing(attributes: Readonly<Record<string, string | undefined>>): SpanAttributes {
  return Object.fromEntries(
    Object.entries(attributes).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
