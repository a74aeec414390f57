import { type AlertSettings } from '../../core/alerts/alert';
import { type Message, type Notification } from '../../core/notification';

/** What workflows call that have something to tell. */
export interface HandingOver {
  /** Has the fleet's `alerts` tell it, which is brought to life if need be. Again and again is once. */
  handOverNotification(notification: Notification): Promise<void>;
}

/** What `alerts` calls. */
export interface AlertActivities {
  alertSettings(fleet: string): Promise<AlertSettings>;
  /** Fails as `Transient` for as long as the receiver does not take it, whatever is in it. */
  tellReceiver(fleet: string, receiver: string, message: Message): Promise<ToldOutcome>;
}

/** `gone`: the worker's fleet file has no such receiver; `refused`: what the receiver has against this message. */
export type ToldOutcome = 'told' | 'gone' | { readonly refused: string };

/** What `heartbeat` calls. */
export interface HeartbeatActivities {
  sendHeartbeat(fleet: string): Promise<void>;
}
