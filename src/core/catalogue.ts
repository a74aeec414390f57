import { type Copy, copyTags, noHold, temporaryRetention } from './copy';
import { type ResourceKind, type ResourceRef } from './resource';

/** One copy of a fleet's, as its account and its own tags describe it. */
export interface CataloguedCopy {
  /** ARN of the protected resource. */
  readonly resource: string;
  readonly recoveryPoint: string;
  /** ISO 8601, UTC. */
  readonly scheduledTime: string;
  /** When the data is from (ISO 8601, UTC), null until the first snapshot is there. */
  readonly dataTime: string | null;
  readonly tier: string;
  /** `source`, a vault's name, or a temporary place. */
  readonly place: string;
  /** True for an intermediate that is on its way out. */
  readonly temporary: boolean;
  readonly hold: string;
  /** `{level} {ISO time}`, null while unproven. */
  readonly verified: string | null;
  readonly copy: Copy;
}

/** Reads what the tags of a copy say. */
export function catalogued(copy: Copy): CataloguedCopy {
  const { tags } = copy;
  const tag = (name: keyof typeof copyTags) => tags[copyTags[name]];
  return {
    resource: tag('resource') ?? '',
    recoveryPoint: tag('recoveryPoint') ?? '',
    scheduledTime: tag('scheduledTime') ?? '',
    dataTime: tag('dataTime') ?? null,
    tier: tag('tier') ?? '',
    place: tag('place') ?? '',
    temporary: tag('retention') === temporaryRetention,
    hold: tag('hold') ?? noHold,
    verified: tag('verified') ?? null,
    copy,
  };
}

/** The resource types in ARNs of RDS, by kind. */
const kindOfType: Readonly<Record<string, ResourceKind>> = { cluster: 'aurora-cluster', db: 'rds-instance' };

/** What an ARN names: `arn:aws:rds:eu-west-1:999999999999:cluster:panda-cluster-1`. Null for anything but a database. */
export function resourceOfArn(arn: string): ResourceRef | null {
  const [prefix, , service, region, account, type, id, ...more] = arn.split(':');
  const kind = kindOfType[type ?? ''];
  if (prefix !== 'arn' || service !== 'rds' || kind === undefined || !region || !account || !id || more.length > 0)
    return null;
  return { kind, account, region, id: id.toLowerCase(), arn };
}
