import { defaultPayloadConverter, defineSearchAttributeKey, type Payload } from '@temporalio/common';
import { encodeUnifiedSearchAttributes } from '@temporalio/common/lib/converter/payload-search-attributes';
import { type Fleet, policyOf } from '../src/config';
import { workflowNames } from '../src/core/messageNames';
import { fleetBackupScheduleId, fleetTaskQueue, scheduledTimeLabel } from '../src/core/naming';
import { type TemporalService } from './temporal/service';

const scheduledStart = defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME');

/** As a schedule of Temporal starts a round. */
export function fireRound(service: TemporalService, fleet: Fleet, tier: string, at: number): void {
  const scheduled = new Date(at);
  const { name } = fleet;
  service.start({
    workflowId: `${fleetBackupScheduleId(name, tier)}-${scheduledTimeLabel(scheduled)}`,
    type: workflowNames.fleetBackup,
    taskQueue: fleetTaskQueue(name),
    args: [{ version: 1, fleet: name, tier, pollSeconds: policyOf(fleet, tier).polling.shortestSeconds }].map(
      (input): Payload => defaultPayloadConverter.toPayload(input),
    ),
    searchAttributes: encodeUnifiedSearchAttributes(undefined, [{ key: scheduledStart, value: scheduled }]),
  });
}
