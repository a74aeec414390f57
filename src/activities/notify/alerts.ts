import { ApplicationFailure, WorkflowIdConflictPolicy, WorkflowIdReusePolicy } from '@temporalio/common';
import { Context } from '@temporalio/activity';
import { type Environment, type Fleet, quietUntil } from '../../config';
import { noticeOf } from '../../core/alerts/notice';
import { applicationFailure } from '../../core/applicationFailure';
import { failureTypes } from '../../core/failure';
import { markdown } from '../../core/markdown';
import { messageNames, workflowNames } from '../../core/messageNames';
import { toldMessage } from '../../core/messages/alertShapes';
import { messageInputs } from '../../core/messages/inputs';
import { parsed } from '../../core/messages/shape';
import { alertsWorkflowId, fleetTaskQueue } from '../../core/naming';
import { searchAttributes } from '../../core/searchAttributes';
import { workflowTaskTimeout } from '../limits/serviceLimit';
import { serverTime } from '../serverTime';
import { type AlertActivities, type HandingOver } from './alertContracts';
import { messageToTell } from './message';
import { type Reach, receiversOf } from './receivers';

/** A person has to mend something before another try can help. */
const secondsUntilMended = 600;

/** Hands over what is to be told, and tells it receiver by receiver. */
export function alertActivities(
  fleet: Pick<Fleet, 'name' | 'snsTopics' | 'channels' | 'quietHours' | 'state'>,
  access: Reach,
  environment: Environment = process.env,
): HandingOver & AlertActivities {
  const receivers = () => receiversOf(fleet, access, environment);
  return {
    async handOverNotification(notification) {
      const { info, log, client } = Context.current();
      const { event, subject, message, quietly = false } = notification;
      if (info.attempt === 1) log[quietly ? 'debug' : 'warn'](subject, { fleet: fleet.name, event, message });
      const notice = noticeOf(notification, messageToTell(notification, info));
      await client.workflow.signalWithStart(workflowNames.alerts, {
        workflowId: alertsWorkflowId(fleet.name),
        taskQueue: fleetTaskQueue(fleet.name),
        workflowTaskTimeout,
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
        args: [{ version: 1, fleet: fleet.name, state: null }],
        signal: messageNames.tell,
        signalArgs: [parsed(messageInputs.tell, notice, 'the notification')],
        typedSearchAttributes: [
          { key: searchAttributes.fleet, value: fleet.name },
          { key: searchAttributes.state, value: 'Running' },
        ],
        staticSummary: `${fleet.name} · alerts`,
        staticDetails: markdown`What is open of fleet **${fleet.name}**, and who has heard of it.`,
      });
    },

    alertSettings: (_) =>
      Promise.resolve({
        receivers: receivers().map(({ name, type, events }) => ({
          ...{ name, events, apart: type === 'pagerduty' || type === 'webhook', byKey: type === 'pagerduty' },
        })),
        quietUntil: quietUntil(fleet.quietHours, serverTime()),
        ledger: fleet.state !== null,
      }),

    async tellReceiver(_, name, given) {
      const { cancellationSignal, log } = Context.current();
      const message = { ...parsed(toldMessage, given, 'the message'), fleet: fleet.name };
      const receiver = receivers().find((one) => one.name === name);
      if (receiver === undefined) return 'gone';
      try {
        await receiver.tell(message, cancellationSignal);
        return 'told';
      } catch (error) {
        if (!(error instanceof ApplicationFailure) || error.nonRetryable !== true) throw error;
        // Another one may be taken meanwhile.
        if (error.type === failureTypes.invalidInput) {
          log.error('a receiver refuses a message', { receiver: name, event: message.event, problem: error.message });
          return { refused: error.message };
        }
        // Within the days that it is tried, a person may mend it.
        throw applicationFailure(failureTypes.transient, error.message, {
          details: error.details?.[0],
          retryAfterSeconds: secondsUntilMended,
        });
      }
    },
  };
}
