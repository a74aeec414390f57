import { Context } from '@temporalio/activity';
import { type Environment, type Fleet, heartbeatUse, valueOf } from '../../config';
import { applicationFailure } from '../../core/applicationFailure';
import { failureTypes } from '../../core/failure';
import { type HeartbeatActivities } from './alertContracts';
import { channelCall, fromEnvironment, secretsOfUrl } from './channelCall';
import { post } from './post';
import { type Reach } from './receivers';

const limitSeconds = 20;

/** Asks for the URL of the fleet file's heartbeat: services such as Healthchecks take any request for a sign of life. */
export function heartbeatActivities(
  { name, heartbeat }: Pick<Fleet, 'name' | 'heartbeat'>,
  { plainHttp }: Pick<Reach, 'plainHttp'>,
  environment: Environment = process.env,
): HeartbeatActivities {
  return {
    async sendHeartbeat() {
      if (heartbeat === null)
        throw applicationFailure(
          failureTypes.configuration,
          `the fleet file of ${name} has no heartbeat any more: run \`farcopy apply\``,
        );
      const url = fromEnvironment(() => valueOf(heartbeatUse(heartbeat), environment));
      const call = { subject: 'heartbeat', secrets: secretsOfUrl(url), limitSeconds };
      await channelCall(call, Context.current().cancellationSignal, (within) =>
        post(plainHttp, { method: 'GET', url, headers: {}, body: '' }, within),
      );
    },
  };
}
