import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  ServiceError,
  type Client,
  type ScheduleDescription,
} from '@temporalio/client';
import type { Json } from '../../domain/data/json.js';
import { pauseText } from '../../domain/resources/schedule.js';
import type { ActionName } from '../../domain/schedules/actions.js';
import { actionText } from '../../domain/schedules/action-text.js';
import { nextTime, timingText } from '../../domain/schedules/slot.js';
import { durationOf } from '../../domain/values/duration.js';
import { intervalMs, intervalOf } from '../../domain/values/interval.js';
import { Failure } from '../../ports/failure.js';
import type { FollowedSchedule, Scheduler } from '../../ports/schedules.js';

/** Names of schedules and of the workflows that they start. */
export interface ScheduleNames {
  readonly id: (name: string) => string;
  /** Returns the name of a schedule from its id; null: it is another environment's, or another program's. */
  readonly nameIn: (id: string) => string | null;
  readonly workflows: { readonly [Name in ActionName]: string };
  /** Returns the workflow id of a run; Temporal appends the time. */
  readonly runId: (action: ActionName, name: string) => string;
  readonly taskQueue: string;
  /** Returns the present, ISO 8601 UTC. */
  readonly now: () => string;
}

const TIMEOUT_MS = 5_000;
const MINUTE_MS = 60_000;
const HALF_A_DAY_MS = 12 * 60 * MINUTE_MS;
/**
 * A run that an outage delayed by more milliseconds is skipped, by action. A rotation is due rarely, and must not come in
 * bursts. A backup of a machine that was off at night is made in the morning.
 */
const CATCH_UP: { readonly [Name in ActionName]: (everyMs: number) => number } = {
  reconcile: () => MINUTE_MS,
  rotate: () => 10 * MINUTE_MS,
  backup: lateBackup,
  drill: lateBackup,
};
const TASK_TIMEOUT = '2s';
const [INVALID_ARGUMENT, PERMISSION_DENIED, UNAUTHENTICATED] = [3, 7, 16];

/** Creates {@link Scheduler} over Temporal's schedules. */
export function createTemporalSchedules(client: Client, names: ScheduleNames): Scheduler {
  const handleOf = (name: string) => client.schedule.getHandle(names.id(name));
  return {
    wanted: (schedule) => wantedDocument(schedule, names),
    async found(name) {
      const described = asked(client, () => handleOf(name).describe());
      return described.then(foundDocument, nullIfMissing);
    },
    async names() {
      return asked(client, async () => {
        const found: string[] = [];
        for await (const { scheduleId } of client.schedule.list()) {
          const name = names.nameIn(scheduleId);
          if (name !== null) found.push(name);
        }
        return found;
      });
    },
    async write(schedule) {
      const options = optionsOf(schedule, names);
      const scheduleId = names.id(schedule.name);
      const create = () => asked(client, () => client.schedule.create({ scheduleId, ...options }));
      const update = () =>
        asked(client, () => handleOf(schedule.name).update(() => ({ ...options, state: options.state })));
      try {
        await update();
      } catch (error) {
        if (!(error instanceof ScheduleNotFoundError)) throw error;
        await create().catch((cause: unknown) => {
          // Another worker was faster.
          if (cause instanceof ScheduleAlreadyRunning) return update();
          throw cause;
        });
      }
    },
    async remove(name) {
      await asked(client, () => handleOf(name).delete()).catch(nullIfMissing);
    },
  };
}

/** Asks Temporal, for 5 s at most. Errors are `Failure`s, but for a schedule that exists or does not. */
export async function asked<T>(client: Client, question: () => Promise<T>): Promise<T> {
  try {
    return await client.withDeadline(Date.now() + TIMEOUT_MS, question);
  } catch (error) {
    if (error instanceof ScheduleNotFoundError || error instanceof ScheduleAlreadyRunning) throw error;
    throw failureOf(error);
  }
}

/** Returns null for a schedule that does not exist; throws every other error. */
export function nullIfMissing(error: unknown): null {
  if (error instanceof ScheduleNotFoundError) return null;
  throw error;
}

function failureOf(error: unknown): unknown {
  const { code, details } = rpcErrorOf(error);
  const why = details === '' ? '' : `: ${details}`;
  const more = { system: 'temporal', cause: error };
  if (code === INVALID_ARGUMENT) return new Failure('invalid', `temporal refused the schedule${why}`, more);
  if (code === PERMISSION_DENIED || code === UNAUTHENTICATED) {
    return new Failure('denied', `temporal does not let Hecate manage schedules${why}`, more);
  }
  return new Failure('unavailable', `temporal did not answer a question about schedules${why}`, {
    ...more,
    hint: 'Start the stack: hecate up. Its state: hecate status',
  });
}

function rpcErrorOf(error: unknown): { readonly code: number | undefined; readonly details: string } {
  const cause: unknown = error instanceof ServiceError ? error.cause : error;
  const { code, details } = (cause ?? {}) as { code?: number; details?: string };
  return { code, details: details ?? '' };
}

function optionsOf(schedule: FollowedSchedule, { workflows, runId, taskQueue, now }: ScheduleNames) {
  const { name, every, jitter, action, paused } = schedule;
  const offset = offsetMs(schedule, now());
  const interval = { every: intervalMs(every), ...(offset === 0 ? {} : { offset }) };
  return {
    spec: { intervals: [interval], ...(jitter === null ? {} : { jitter: intervalMs(jitter) }) },
    policies: {
      overlap: ScheduleOverlapPolicy.SKIP,
      catchupWindow: CATCH_UP[action.kind](intervalMs(every)),
      pauseOnFailure: false,
    },
    state: { paused: paused !== null, note: noteOf(paused) },
    action: {
      type: 'startWorkflow' as const,
      workflowType: workflows[action.kind],
      workflowId: runId(action.kind, name),
      taskQueue,
      args: [{ schedule: name }],
      workflowTaskTimeout: TASK_TIMEOUT,
      staticSummary: `Schedule: ${name}`,
      staticDetails: `${actionText(action)}, ${timingText(schedule)}`,
    },
  };
}

function lateBackup(everyMs: number): number {
  // Temporal takes no shorter window than 10 s.
  return Math.max(Math.min(HALF_A_DAY_MS, everyMs / 2), MINUTE_MS);
}

/**
 * Returns the milliseconds by which the multiples of the interval are shifted to be at the local time of the next run. They
 * change with summer time; the worker writes the schedule again then. A run that is still delayed counts as the next one.
 */
function offsetMs(schedule: FollowedSchedule, now: string): number {
  const { every, at, jitter, action } = schedule;
  if (at === null) return 0;
  const delayMs = CATCH_UP[action.kind](intervalMs(every)) + (jitter === null ? 0 : intervalMs(jitter));
  const next = nextTime(schedule, new Date(Date.parse(now) - delayMs).toISOString());
  return Date.parse(next) % intervalMs(every);
}

function noteOf(paused: FollowedSchedule['paused']): string {
  return paused === null ? '' : (pauseText(paused) ?? '');
}

function wantedDocument(schedule: FollowedSchedule, names: ScheduleNames): Json {
  const { spec, action, state, policies } = optionsOf(schedule, names);
  const [{ every, offset = 0 }] = spec.intervals as [{ every: number; offset?: number }];
  const { workflowType, workflowId, taskQueue, args } = action;
  return {
    every: intervalOf(every),
    ...given({ offset, jitter: spec.jitter }),
    paused: state.paused,
    note: state.note,
    overlap: policies.overlap,
    catchUp: durationOf(policies.catchupWindow),
    starts: { workflow: workflowType, id: workflowId, taskQueue, input: args, taskTimeout: TASK_TIMEOUT },
  };
}

/** Returns a schedule of Temporal in the form of {@link wantedDocument}. Settings that Hecate never sets are fields of their own. */
function foundDocument({ spec, state, policies, action }: ScheduleDescription): Json {
  const [interval, ...others] = spec.intervals ?? [];
  const { calendars, skip, startAt, endAt, jitter, timezone } = spec;
  return {
    ...(interval === undefined ? {} : { every: intervalOf(interval.every), ...given({ offset: interval.offset }) }),
    ...given({ otherIntervals: others, calendars, skip, startAt, endAt, jitter, timezone }),
    paused: state.paused,
    note: state.note ?? '',
    ...(state.remainingActions === undefined ? {} : { remainingActions: state.remainingActions }),
    overlap: policies.overlap,
    catchUp: durationOf(policies.catchupWindow),
    ...given({ pauseOnFailure: policies.pauseOnFailure }),
    starts: {
      workflow: action.workflowType,
      id: action.workflowId,
      taskQueue: action.taskQueue,
      input: action.args ?? [],
      taskTimeout: durationOf(Number(action.workflowTaskTimeout ?? 0)),
      ...given({
        executionTimeout: action.workflowExecutionTimeout,
        runTimeout: action.workflowRunTimeout,
        retry: action.retry,
        memo: action.memo,
      }),
    },
  };
}

/** Returns the fields with a value in JSON: neither empty, nor zero, nor false. */
function given(fields: Json): Json {
  const json = JSON.parse(JSON.stringify(fields)) as Json;
  return Object.fromEntries(Object.entries(json).filter(([, value]) => !isEmpty(value)));
}

function isEmpty(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return !value;
}
