import { copyTags, noHold } from '../catalogue/copy';
import { recoveryPointId } from '../naming';
import { type ResourceRef } from '../resource';

/** What every copy of a recovery point says of itself, a snapshot's tags and a bucket's record alike; the proof comes later. */
export function recoveryPointTags(
  recoveryPoint: {
    readonly fleet: string;
    readonly tier: string;
    readonly resource: ResourceRef;
    readonly scheduledTime: string;
    readonly incarnation?: string;
  },
  place: string,
  /** Null where the data are only being taken. */
  dataTime: string | null,
  retention: string = recoveryPoint.tier,
): Record<string, string> {
  const { fleet, tier, resource, scheduledTime, incarnation } = recoveryPoint;
  return {
    [copyTags.fleet]: fleet,
    [copyTags.resource]: resource.arn,
    [copyTags.recoveryPoint]: recoveryPointId(resource, scheduledTime),
    [copyTags.scheduledTime]: scheduledTime,
    [copyTags.tier]: tier,
    [copyTags.place]: place,
    [copyTags.retention]: retention,
    [copyTags.hold]: noHold,
    ...(incarnation === undefined ? {} : { [copyTags.incarnation]: incarnation }),
    ...(dataTime === null ? {} : { [copyTags.dataTime]: dataTime }),
  };
}
