import type { Attempted } from '../../domain/alerts/delivery.js';
import type { Notification } from '../../domain/alerts/notification.js';
import type { Proof } from '../../domain/trust/proof.js';
import { withPrefix } from '../../domain/values/environment-name.js';
import type { Rehearsal } from '../../ports/alerts/sender.js';

/** A notification that a worker decided to send. */
export interface SealedNotification extends Notification {
  readonly seal: string;
}

/** The question of `test alert`. */
export interface AlertTest {
  /** Name of the sink. */
  readonly sink: string;
  /** Show what would be sent, and send nothing. */
  readonly isDryRun: boolean;
  /** The operator whose key signed the question. */
  readonly actor: string;
  readonly proof?: Proof;
}

/** Answer to {@link AlertTest}. */
export interface AlertTestResult {
  readonly type: string;
  /** Null: it was sent. */
  readonly rehearsal: Rehearsal | null;
  /** True: the sink took it, or in a dry run could be told. */
  readonly passed: boolean;
  /** Answer of the sink, or why it could not be told. */
  readonly detail: string;
  readonly hint: string | null;
  readonly durationMs: number;
}

/** Activities about alert sinks. */
export interface AlertSinkActivities {
  /**
   * Tells a sink once, with its settings and its secret as they are now. Only the workflow of that sink may call it. `goneRevision`:
   * revision of the sink that answered 410, which is not told again.
   */
  sendAlert(notification: SealedNotification, goneRevision: number | null): Promise<Attempted>;
  /** Tells a sink a test alert, and waits for its answer. */
  testAlertSink(question: AlertTest): Promise<AlertTestResult>;
}

/** Type name of the workflow that tells one sink. */
export const DELIVER_ALERTS_WORKFLOW = 'deliverAlerts';
/** Signal with a {@link SealedNotification}. */
export const NOTIFY_SIGNAL = 'notify';
/** Key of the workflow's memo with its `SinkState`. */
export const SINK_STATE_MEMO = 'alertSink';
/** Type name of the workflow that tests a sink, for servers without standalone activities. */
export const TEST_ALERT_WORKFLOW = 'testAlert';

/** Returns the id of the workflow that tells a sink: there is one for each. */
export function deliverAlertsId(prefix: string, sink: string): string {
  return withPrefix(prefix, `alert-sink/${sink}`);
}

/** Returns the id of a test of a sink; `id` is unique. */
export function alertTestId(prefix: string, sink: string, id: string): string {
  return withPrefix(prefix, `test-alert/${sink}/${id}`);
}
