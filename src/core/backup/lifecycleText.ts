import { type Notification } from '../notification';
import { type VisibleState } from '../searchAttributes';
import { type Lifecycle, type LifecycleState } from './lifecycle';
import { markdown } from '../markdown';

export function visibleLifecycle({ retired, paused, inFlight }: LifecycleState): VisibleState {
  if (retired) return 'Retired';
  if (inFlight !== null) return 'Running';
  return paused ? 'Paused' : 'Idle';
}

/** Where a lifecycle stands, in lines of Markdown for the Temporal UI. */
export function lifecycleLines({ state, nextAlertAt }: Lifecycle): string[] {
  const { policy, outcomes, protectedSince, waiting } = state;
  const last = outcomes.filter((outcome) => outcome.state === 'completed').map((outcome) => outcome.scheduledTime);
  // The last complete one may lie further back than a lifecycle remembers.
  const complete = last.at(-1) ?? (outcomes.length === 0 ? 'none yet' : 'none of those below');
  const isUnchanged = outcomes.some((one) => one.state === 'unchanged' && one.scheduledTime === protectedSince);
  const alert = new Date(nextAlertAt).toISOString();
  return [
    markdown`tier **${policy.tier}**, last complete recovery point: ${complete}${isUnchanged ? `, unchanged until ${protectedSince}` : ''}, next alert ${alert}`,
    ...(waiting === null ? [] : [markdown`waiting: ${waiting.scheduledTime}`]),
    ...outcomes.map(({ scheduledTime, state: ended, reason }) =>
      reason === null
        ? markdown`- ${scheduledTime}: **${ended}**`
        : markdown`- ${scheduledTime}: **${ended}** — ${reason}`,
    ),
  ];
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
