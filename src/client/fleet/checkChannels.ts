import {
  type Channel,
  type Environment,
  type Heartbeat,
  heartbeatUse,
  unusableVariables,
  type UnusableVariable,
  uses,
  valueOf,
  variablesOf,
} from '../../config';
import { type Finding } from './finding';

/** Looks whether the environment has what channels need. Nothing is sent: `farcopy alert test` does that. */
export function checkChannels(channels: readonly Channel[], environment: Environment): Finding[] {
  return channels.map((channel): Finding => {
    const found = { check: 'channel', subject: `channel ${channel.name} (${channel.type})` } as const;
    const unusable = unusableVariables(variablesOf(channel), environment);
    if (unusable.length > 0) return { ...found, ...failed(unusable) };
    if (channel.type === 'slack' && valueOf(uses.url(channel), environment).startsWith('http:'))
      return { ...found, ...inTheClear('messages are', channel.url.env) };
    const variables = variablesOf(channel).map(({ env }) => env);
    const message = variables.length === 0 ? 'it needs no variable' : `${variables.join(' and ')}: set`;
    return { ...found, state: 'ok', message, mend: null };
  });
}

/** The same of the dead man's switch. */
export function checkHeartbeat(heartbeat: Heartbeat | null, environment: Environment): Finding[] {
  if (heartbeat === null) return [];
  const found = { check: 'channel', subject: 'heartbeat' } as const;
  const unusable = unusableVariables([heartbeatUse(heartbeat)], environment);
  if (unusable.length > 0) return [{ ...found, ...failed(unusable) }];
  if (valueOf(heartbeatUse(heartbeat), environment).startsWith('http:'))
    return [{ ...found, ...inTheClear('a heartbeat is', heartbeat.url.env) }];
  return [{ ...found, state: 'ok', message: `${heartbeat.url.env}: set`, mend: null }];
}

function inTheClear(whatIs: string, env: string): Pick<Finding, 'state' | 'message' | 'mend'> {
  return {
    state: 'warning',
    message: `${whatIs} sent in the clear, its URL included: whoever is on the way can read it and change it`,
    mend: `write a URL with https:// into ${env}, unless a relay of your own takes it`,
  };
}

function failed(unusable: readonly UnusableVariable[]): Pick<Finding, 'state' | 'message' | 'mend'> {
  return {
    state: 'failed',
    message: unusable.map(({ problem }) => problem).join('; '),
    mend: `${unusable.map(({ env, holds }) => `set ${env} to ${holds}`).join('; ')}; workers need it too`,
  };
}
