import { Context } from '@temporalio/activity';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { type Environment, type Fleet, heartbeatUse, valueOf } from '../../config';
import { applicationFailure } from '../../core/applicationFailure';
import { failureTypes, messageOf } from '../../core/failure';
import { messageNames } from '../../core/messageNames';
import { alertsWorkflowId } from '../../core/naming';
import { type HeartbeatActivities } from './alertContracts';
import { channelCall, fromEnvironment, secretsOfUrl } from './channelCall';
import { post } from './post';
import { type Reach } from './receivers';

const limitSeconds = 20;
const answerMilliseconds = 10_000;

/**
 * Asks for the URL of the fleet file's heartbeat: services such as Healthchecks take any request for a sign of life. A fleet whose
 * alerts do not answer gives none: it could tell nobody of anything.
 */
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
      const { client, cancellationSignal } = Context.current();
      await requireAlerts(client, name);
      const url = fromEnvironment(() => valueOf(heartbeatUse(heartbeat), environment));
      const call = { subject: 'heartbeat', secrets: secretsOfUrl(url), limitSeconds };
      await channelCall(call, cancellationSignal, (within) =>
        post(plainHttp, { method: 'GET', url, headers: {}, body: '' }, within),
      );
    },
  };
}

/** @throws ApplicationFailure `Transient` where the fleet's alerts were ended or do not answer */
async function requireAlerts(client: Client, fleet: string): Promise<void> {
  const workflowId = alertsWorkflowId(fleet);
  const handle = client.workflow.getHandle(workflowId);
  const without = (why: string) =>
    applicationFailure(
      failureTypes.transient,
      `${workflowId} ${why}: nobody is told of anything; see docs/runbook.md#alerts-do-not-answer`,
    );
  try {
    await client.withDeadline(Date.now() + answerMilliseconds, async () => {
      const { status } = await handle.describe();
      if (status.name !== 'RUNNING')
        throw without(`was ended (${status.name}), and begins anew with the next that is told`);
      await handle.query(messageNames.alerts, 0);
    });
  } catch (error) {
    // Nobody was ever told anything.
    if (error instanceof WorkflowNotFoundError) return;
    throw error instanceof ApplicationFailure ? error : without(`does not answer (${messageOf(error)})`);
  }
}
