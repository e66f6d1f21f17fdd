import { prefixIn } from '../../domain/values/environment-name.js';
import type { NotifiedAlert, Notification } from '../../domain/alerts/notification.js';
import type { AlertDelivery } from '../../ports/alerts/delivery.js';
import { deliverAlertsId, type SealedNotification } from '../../workflows/contracts/deliver-alerts.js';
import type { Dependencies } from '../dependencies.js';
import { sealOf, type SealedValue } from '../trust/seal.js';

/** Largest number of alerts in one message to a sink. */
const MOST_ALERTS = 100;

/** Access to the workflows that tell sinks. Throws `Failure('unavailable')` when Temporal does not answer. */
export interface AlertWorkflows {
  /** Hands a notification to the workflow of its sink, which is started unless it runs. */
  notify(notification: SealedNotification): Promise<void>;
}

/** Creates {@link AlertDelivery}: it seals each notification for the workflow of its sink. */
export function createAlertDelivery(
  deps: Pick<Dependencies, 'log' | 'sha256' | 'seals' | 'identityWriterId'>,
  workflows: AlertWorkflows,
): AlertDelivery {
  return {
    async deliver(given) {
      const alerts = given.alerts.filter((alert) => !isAboutSink(alert, given.sink)).slice(0, MOST_ALERTS);
      if (alerts.length === 0) return;
      const { logId } = await deps.log.view();
      const notification = { ...given, alerts };
      const workflowId = deliverAlertsId(prefixIn(deps.identityWriterId), notification.sink);
      const seal = sealOf(deps, alertSeal(logId, workflowId, notification));
      await workflows.notify({ ...notification, seal });
    },
  };
}

/** A sink that fails is not told that it fails: it would be when it does not any more. */
function isAboutSink({ labels }: NotifiedAlert, sink: string): boolean {
  return labels['alertname'] === 'sink-failing' && labels['sink'] === sink;
}

/** Returns what the seal of a notification covers. It outlives a run, since it waits for a sink that is down. */
export function alertSeal(
  logId: string,
  workflowId: string,
  { seal: _seal, ...notification }: Notification & { readonly seal?: string },
): SealedValue {
  return { use: 'alert', run: null, value: { logId, workflowId, notification } };
}
