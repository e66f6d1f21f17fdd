import { setTimeout as sleep } from 'node:timers/promises';
import {
  eventWorkflowId,
  RECORD_EVENT_WORKFLOW,
  type EventKey,
  type RecordedEvent,
} from '../../workflows/contracts/event.js';
import { whoAndWhy } from '../../workflows/details.js';
import type { TemporalNames } from '../../stack/temporal-names.js';
import type { TemporalClient } from '../connect/temporal-client.js';
import { operationId } from '../run/operation-id.js';
import { toStderr } from '../print/visible.js';

/** A change of a schedule, which was made, with the actor and the reason. */
export type ScheduleEvent = Omit<RecordedEvent, 'id'>;

const PATIENCE_MS = 5_000;

/**
 * Has the worker record a change of a schedule in the history. The change is in force already: without a worker it is
 * recorded when one runs, and a line on stderr says so.
 */
export async function recordScheduleEvent(
  client: TemporalClient,
  { prefix, taskQueue }: TemporalNames,
  event: ScheduleEvent,
): Promise<void> {
  const recorded: RecordedEvent = { id: operationId(), ...event };
  try {
    const handle = await client.workflow.start(RECORD_EVENT_WORKFLOW, {
      workflowId: eventWorkflowId(prefix, recorded),
      taskQueue,
      args: [recorded],
      workflowTaskTimeout: '2s',
      staticSummary: `${VERBS[event.operation]}: schedule ${event.subject}`,
      staticDetails: whoAndWhy(event),
    });
    const patience = new AbortController();
    const late = sleep(PATIENCE_MS, 'late' as const, { signal: patience.signal }).catch(() => 'late' as const);
    const end = await Promise.race([handle.result().then(() => 'recorded' as const), late]);
    patience.abort();
    if (end === 'late')
      toStderr('no worker has answered for 5 s; the history gets the change when one runs (see: hecate status)');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    toStderr(`warning: the change is in force, but the history does not have it: ${why}`);
  }
}

const VERBS: Readonly<Record<EventKey, string>> = {
  'schedule.create': 'Create',
  'schedule.pause': 'Pause',
  'schedule.resume': 'Resume',
  'schedule.delete': 'Delete',
};
