import type { Notification } from '../../domain/alerts/notification.js';
import type { AlertSink } from '../../domain/resources/alert-sink.js';

/** A sink with the values of its secret. */
export interface SinkAccess {
  readonly sink: AlertSink;
  /** Values that are accepted now, the one in force first. Empty: it has no secret. */
  readonly values: readonly string[];
}

/** Answer of a sink. `failed` may succeed later. `gone`: it wants no more messages. */
export type SinkAnswer =
  | { readonly kind: 'taken'; readonly detail: string }
  | { readonly kind: 'failed'; readonly problem: string; readonly retryAfterMs: number | null }
  | { readonly kind: 'gone'; readonly problem: string };

/** What a sink would be told. It holds no secret. */
export interface Rehearsal {
  /** Address without its path where that is secret, or a mail server with its recipients. */
  readonly to: string;
  /** Body of the request or text of the mail. */
  readonly message: string;
}

/** Tells alert sinks. Connects only to addresses that a sink may have. */
export interface AlertSender {
  /**
   * Tells a sink once, within 60 s. The id of the notification is the message's, so that the sink can drop a repeated one.
   * Throws `Failure` when it could not be told: no problem of it holds a secret.
   */
  send(notification: Notification, access: SinkAccess): Promise<SinkAnswer>;
  /** Returns what `send` would tell it, after the same checks. Connects to nothing but name servers. Throws as `send` does. */
  rehearse(notification: Notification, access: SinkAccess): Promise<Rehearsal>;
}
