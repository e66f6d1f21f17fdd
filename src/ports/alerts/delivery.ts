import type { Notification } from '../../domain/alerts/notification.js';

/** Delivers notifications to alert sinks. */
export interface AlertDelivery {
  /** Takes a notification over, durably; returns before it is delivered. Taking over the same id again does nothing. */
  deliver(notification: Notification): Promise<void>;
}
