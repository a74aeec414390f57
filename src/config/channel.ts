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

/** Where people hear of outcomes, beside the topics of SNS. */
export type Channel = SmtpChannel | WebhookChannel | SlackChannel | PagerDutyChannel;
