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
  /** Fails as `Transient` for as long as the receiver does not take it; `gone`: the fleet file has no such receiver any more. */
  tellReceiver(fleet: string, receiver: string, message: Message): Promise<'told' | 'gone'>;
}

/** What `heartbeat` calls. */
export interface HeartbeatActivities {
  sendHeartbeat(fleet: string): Promise<void>;
}
