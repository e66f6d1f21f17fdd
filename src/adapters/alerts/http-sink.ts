import type { Notification } from '../../domain/alerts/notification.js';
import type { AlertSink } from '../../domain/resources/alert-sink.js';

/** A notification on its way to a sink. */
export interface Outgoing {
  readonly notification: Notification;
  readonly sink: AlertSink;
  /** Values of the sink's secret, the one in force first; while it is rotated, there may be two. Empty: it has no secret. */
  readonly values: readonly string[];
  /** Time of this attempt, Unix ms. */
  readonly nowMs: number;
}

/** A request of HTTP that tells a sink. */
export interface SinkRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Returns the header that a token, or a user with a password, goes into; without a secret none. */
export function authorization({ sink: { user }, values: [value] }: Outgoing): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  const secret = value.trim();
  if (user === null) return { authorization: `Bearer ${secret}` };
  return { authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}` };
}

/** Returns the address of a server with a path below it. */
export function below(base: string, path: string): string {
  return `${base.endsWith('/') ? base.slice(0, -1) : base}${path}`;
}

/** Returns the URL that is the sink's secret. */
export function secretUrl({ values: [value = ''] }: Outgoing): string {
  return value.trim();
}
