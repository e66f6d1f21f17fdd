import {
  ApplicationFailure,
  condition,
  continueAsNew,
  defineSignal,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import { ActivityFailure } from '@temporalio/common';
import {
  afterAttempt,
  emptyDelivery,
  nextDelivery,
  sinkStateOf,
  withNotification,
  type Attempted,
  type DeliveryMemory,
} from '../domain/alerts/delivery.js';
import {
  NOTIFY_SIGNAL,
  SINK_STATE_MEMO,
  type AlertSinkActivities,
  type AlertTest,
  type AlertTestResult,
  type SealedNotification,
} from './contracts/deliver-alerts.js';
import { details } from './details.js';
import { reasonOf } from './error-reason.js';

const { sendAlert } = proxyActivities<AlertSinkActivities>({
  startToCloseTimeout: '90s',
  // Another worker goes on within seconds when one dies.
  heartbeatTimeout: '5s',
  // The pauses are those of the workflow, so that it can show them.
  retry: { maximumAttempts: 1 },
  summary: 'Tell the sink, with its secret of now',
});

/**
 * Tells one alert sink what waits for it, each notification once and those of a group in order. What fails is tried again for
 * three days. Ends when the sink is deleted. The state is in its memo, and what waits in its input when it continues as new.
 */
export async function deliverAlerts(
  sink: string,
  memory: DeliveryMemory<SealedNotification> = emptyDelivery,
  longestHistory = 2_000,
): Promise<void> {
  let held = memory;
  let changes = 0;
  setHandler(defineSignal<[SealedNotification]>(NOTIFY_SIGNAL), (notification) => {
    held = withNotification(held, notification, Date.now());
    changes += 1;
  });
  let shown = '';
  for (;;) {
    shown = show(sink, held, shown);
    const next = nextDelivery(held);
    const seen = changes;
    if (next === null) {
      await condition(() => changes !== seen);
      continue;
    }
    const pauseMs = next.atMs - Date.now();
    if (pauseMs > 0) {
      await condition(() => changes !== seen, pauseMs, { summary: 'Wait before trying again' });
      continue;
    }
    const attempted = await attempt(next.notification, held.goneRevision);
    held = afterAttempt(held, next.notification, { attempted, nowMs: Date.now(), luck: Math.random() });
    if (attempted.kind === 'deleted' && nextDelivery(held) === null) return;
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    if (continueAsNewSuggested || historyLength > longestHistory) {
      show(sink, held, shown);
      await continueAsNew<typeof deliverAlerts>(sink, held, longestHistory);
    }
  }
}

async function attempt(notification: SealedNotification, goneRevision: number | null): Promise<Attempted> {
  try {
    return await sendAlert(notification, goneRevision);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    // Nobody of ours sealed it; that is in the history.
    if (error.cause instanceof ApplicationFailure && error.cause.type === 'denied') return { kind: 'skipped' };
    return { kind: 'failed', problem: reasonOf(error), retryAfterMs: null };
  }
}

/** Shows the state to people, where it has changed. */
function show(sink: string, memory: DeliveryMemory, shown: string): string {
  const state = sinkStateOf(memory);
  const text = JSON.stringify(state);
  if (text === shown) return shown;
  upsertMemo({ [SINK_STATE_MEMO]: state });
  const { pending, lastSuccess, lastError, failingSince } = state;
  setCurrentDetails(
    details(failingSince === null ? `${pending} waiting` : `failing, ${pending} waiting`, [
      ['sink', sink],
      ['last told', lastSuccess],
      ['problem', failingSince === null ? null : (lastError?.problem ?? null)],
    ]),
  );
  return text;
}

const { testAlertSink } = proxyActivities<AlertSinkActivities>({
  startToCloseTimeout: '60s',
  heartbeatTimeout: '1500ms',
  retry: { maximumAttempts: 1 },
  summary: 'Tell the sink a test alert',
});

/** Tells a sink a test alert. For servers without standalone activities. */
export async function testAlert(question: AlertTest): Promise<AlertTestResult> {
  return testAlertSink(question);
}
