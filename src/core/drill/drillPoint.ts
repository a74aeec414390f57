import { type CopyRef } from '../catalogue/copy';
import { type ResourceRef } from '../resource';

/** The recovery point and the copy that a drill restores. */
export interface DrillPoint {
  readonly resource: ResourceRef;
  readonly recoveryPoint: string;
  /** ISO 8601, UTC. */
  readonly scheduledTime: string;
  readonly dataTime: string;
  /** `source`, or a vault's name. */
  readonly place: string;
  readonly copy: DrilledCopy;
  /** Places that could not be looked at: another copy may lie there. */
  readonly unread: readonly string[];
  /** Why no vault proves that it is what was copied; absent where one does. */
  readonly unproven?: string;
}

export type DrilledCopy =
  | { readonly type: 'snapshot'; readonly ref: CopyRef }
  | {
      readonly type: 'bucket';
      /** `gs://panda-backups/farcopy` */
      readonly bucket: string;
      readonly dataPrefix: string;
      readonly objects: number;
      readonly bytes: number;
    };

export interface DrillReading {
  readonly tables: number;
  readonly rows: number;
  /** What could not be read to its end; cut to a payload's size. */
  readonly unreadable: readonly { readonly table: string; readonly problem: string }[];
}
