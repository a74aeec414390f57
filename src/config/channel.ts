import { type NotificationEvent } from '../core/notification';

/** A secret that the environment of workers holds. */
export interface Variable {
  readonly env: string;
}

interface Named {
  readonly name: string;
  /** Null: all. */
  readonly events: readonly NotificationEvent[] | null;
}

export interface SmtpChannel extends Named {
  readonly type: 'smtp';
  readonly host: string;
  readonly port: number;
  /** From the first byte on, by STARTTLS, or none at all. */
  readonly tls: 'implicit' | 'starttls' | 'none';
  readonly from: string;
  readonly to: readonly string[];
  readonly credentials: { readonly user: Variable; readonly password: Variable } | null;
}

export interface WebhookChannel extends Named {
  readonly type: 'webhook';
  readonly url: string;
  readonly secret: Variable;
}

export interface SlackChannel extends Named {
  readonly type: 'slack';
  readonly url: Variable;
}

export interface PagerDutyChannel extends Named {
  readonly type: 'pagerduty';
  readonly routingKey: Variable;
  readonly url: string;
}

/** A service outside that alarms once it is not told any more that all is well. */
export interface Heartbeat {
  /** Whoever has it can feign that all is well. */
  readonly url: Variable;
  readonly everyMinutes: number;
}

/** A time of each day in which only what is critical is told. */
export interface QuietHours {
  /** Of the local day. */
  readonly fromMinute: number;
  /** The same, exclusive; on the next day where it is more than 1440. */
  readonly toMinute: number;
  readonly timezone: string;
}

/** Where people hear of outcomes, beside the topics of SNS. */
export type Channel = SmtpChannel | WebhookChannel | SlackChannel | PagerDutyChannel;
