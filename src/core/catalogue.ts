import { type Copy, copyTags, noHold, temporaryRetention } from './copy';

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
