import { type Notification } from '../notification';
import { type VisibleState } from '../searchAttributes';
import { retryAt, type Untold } from './alarm';
import { type Lifecycle, type LifecycleState, type Notice } from './lifecycle';
import { markdown } from '../markdown';
import { resourcePath } from '../resource';

export function visibleLifecycle({ retired, paused, inFlight }: LifecycleState): VisibleState {
  if (retired) return 'Retired';
  if (inFlight !== null) return 'Running';
  return paused ? 'Paused' : 'Idle';
}

/** Where a lifecycle stands, in lines of Markdown for the Temporal UI. */
export function lifecycleLines({ state, nextAlertAt }: Lifecycle): string[] {
  const { policy, outcomes, protectedSince, waiting, untold } = state;
  const last = outcomes.filter((outcome) => outcome.state === 'completed').map((outcome) => outcome.scheduledTime);
  // The last complete one may lie further back than a lifecycle remembers.
  const complete = last.at(-1) ?? (outcomes.length === 0 ? 'none yet' : 'none of those below');
  const isUnchanged = outcomes.some((one) => one.state === 'unchanged' && one.scheduledTime === protectedSince);
  const alert = new Date(nextAlertAt).toISOString();
  return [
    markdown`tier **${policy.tier}**, last complete recovery point: ${complete}${isUnchanged ? `, unchanged until ${protectedSince}` : ''}, next alert ${alert}`,
    ...(untold === null ? [] : [markdown`**${untoldText(untold, (time) => time)}**`]),
    ...(waiting === null ? [] : [markdown`waiting: ${waiting.scheduledTime}`]),
    ...outcomes.map(({ scheduledTime, state: ended, reason }) =>
      reason === null
        ? markdown`- ${scheduledTime}: **${ended}**`
        : markdown`- ${scheduledTime}: **${ended}** — ${reason}`,
    ),
  ];
}

/** That people could not be told, since when, how often it was tried, when it is tried again, and why. `at`: writes an ISO 8601 time. */
export function untoldText(untold: Untold, at: (time: string) => string): string {
  const { since, tries, problem, heard } = untold;
  const who = heard.length === 0 ? 'people' : 'some topics or channels';
  const next = at(new Date(retryAt(untold)).toISOString());
  return `${who} could not be told since ${at(since)}, tried ${tries} times, next at ${next}: ${problem}`;
}

/** What people are told by a notice of this moment. */
export function noticeText({ event, begunAt }: Notice, state: LifecycleState): Notification {
  const resource = resourcePath(state.resource);
  // Words change while it is told again and again: a recovery point may have failed for another reason meanwhile.
  const told = { id: `${resource}/${begunAt}`, key: `rpo/${resource}` };
  return event === 'rpo-met'
    ? { ...rpoMet(state), ...told, state: 'resolved' }
    : { ...rpoAlert(state), ...told, state: 'open' };
}

/** Tells people that the RPO was missed. */
export function rpoAlert({ resource, policy, protectedSince, paused, outcomes }: LifecycleState): Notification {
  const { kind, id, account, region } = resource;
  const reason = outcomes.at(-1)?.reason;
  return {
    fleet: policy.fleet,
    event: 'rpo-missed',
    subject: `no complete recovery point of ${id} within its RPO`,
    message: [
      `${kind} ${id} (${account}/${region}), tier ${policy.tier}: no complete recovery point since ${protectedSince}, RPO ${policy.rpoSeconds} s`,
      ...(paused ? ['its backups are paused'] : []),
      ...(reason ? [`last: ${reason}`] : []),
    ].join('; '),
  };
}

/** Tells people who were alerted that they need not worry any more. */
export function rpoMet({ resource, policy, protectedSince }: LifecycleState): Notification {
  const { kind, id, account, region } = resource;
  return {
    fleet: policy.fleet,
    event: 'rpo-met',
    subject: `${id} is within its RPO again`,
    message: `${kind} ${id} (${account}/${region}), tier ${policy.tier}: a complete recovery point of ${protectedSince}, RPO ${policy.rpoSeconds} s`,
  };
}

/** Ends what people were told of a resource that is protected no more; whoever has heard of nothing hears nothing. */
export function retiredText({ resource, policy, alertedAt, metAt, untold }: LifecycleState): Notification {
  const { kind, id, account, region } = resource;
  const path = resourcePath(resource);
  return {
    fleet: policy.fleet,
    event: 'rpo-met',
    ...{ key: `rpo/${path}`, retired: path, state: 'resolved' },
    quietly: alertedAt === null && metAt === null && untold === null,
    subject: `${id} is protected no more`,
    message: `${kind} ${id} (${account}/${region}), tier ${policy.tier}: its lifecycle was retired; what was open of it is closed`,
  };
}
