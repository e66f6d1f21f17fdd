import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type ScheduleSummary,
} from '@temporalio/client';
import { durationMs, durationText } from '../../domain/values/duration.js';
import { Failure } from '../../ports/failure.js';
import {
  SCHEDULED_RECONCILE_WORKFLOW,
  scheduledReconcileWorkflowId,
  scheduleNameIn,
  temporalScheduleId,
  type ReconcileRequest,
} from '../../workflows/contracts/reconcile.js';
import { print, type OutputFormat } from '../print/output.js';
import { actorText } from '../../domain/log/commit.js';
import { signerHere } from '../connect/signing.js';
import { actingFor, originOf, type Origin } from '../input/origin.js';
import { requestOf, type ReconcileOptions } from './reconcile.js';
import { recordScheduleEvent } from './schedule-events.js';
import { lastOutcome, type ScheduleOutcome, type ScheduleSettings, everyText, settingsOf } from './schedule-outcome.js';
import type { TemporalNames } from '../../stack/temporal-names.js';
import { failureWords, withTemporal, type TemporalClient } from '../connect/temporal-client.js';

/** The options of a schedule of reconciles. */
export interface ScheduleOptions extends ReconcileOptions {
  readonly every: string;
  readonly name: string;
}

/** A run that an outage delayed by more than this is skipped. */
const CATCH_UP = '1 minute';
const NAME = /^[a-z0-9-]{1,63}$/;
const SHORTEST_MS = 10_000;

/** Creates a schedule in Temporal. Its runs never overlap; of the runs that an outage delayed, those of the last minute start. */
export async function createSchedule(options: ScheduleOptions): Promise<void> {
  if (!NAME.test(options.name)) {
    throw new Failure('invalid', `--name ${JSON.stringify(options.name)}: use 1 to 63 of a-z, 0-9 and -`);
  }
  const every = durationText.safeParse(options.every);
  if (!every.success || durationMs(every.data) < SHORTEST_MS) {
    throw new Failure(
      'invalid',
      `--every ${JSON.stringify(options.every)}: give a duration of at least 10s, such as 5m`,
    );
  }
  await withTemporal(async (client, connections, names) => {
    const request = requestOf(options, signerHere(connections).operator);
    const args = [{ ...request, reason: options.reason ?? `schedule ${options.name}` }];
    await create(client, options, { args, names, every: every.data });
    const { reason } = request;
    const actor = actorText(request);
    await recordScheduleEvent(client, names, {
      operation: 'schedule.create',
      subject: options.name,
      actor,
      reason,
    });
  });
  await print(options.output, { name: options.name, every: every.data }, () => `created schedule ${options.name}`);
}

async function create(
  client: TemporalClient,
  { name, fromGit }: ScheduleOptions,
  how: { readonly args: unknown[]; readonly names: TemporalNames; readonly every: string },
): Promise<void> {
  try {
    await client.schedule.create({
      scheduleId: temporalScheduleId(how.names.prefix, name),
      spec: { intervals: [{ every: durationMs(how.every) }] },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: CATCH_UP },
      memo: { every: how.every, fromGit: fromGit ?? null },
      action: {
        type: 'startWorkflow',
        workflowType: SCHEDULED_RECONCILE_WORKFLOW,
        workflowId: scheduledReconcileWorkflowId(how.names.prefix, name),
        taskQueue: how.names.taskQueue,
        args: how.args,
        workflowTaskTimeout: '2s',
      },
    });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw failureWords(error);
    throw new Failure('conflict', `schedule ${name} exists already`, {
      hint: `Delete it first: hecate delete schedule --name ${name}`,
    });
  }
}

/** A schedule, and how its last run ended. */
export interface ListedSchedule {
  readonly name: string;
  readonly spec: ScheduleSettings & { readonly every: string; readonly fromGit: string | null };
  readonly status: {
    readonly state: 'running' | 'paused';
    /** Who paused or resumed it last, and why; null: nobody did. */
    readonly note: string | null;
    /** ISO 8601 UTC; null: it is paused. */
    readonly next: string | null;
    /** ISO 8601 UTC; null: it has not run yet. */
    readonly last: string | null;
    readonly lastRun: ScheduleOutcome | null;
  };
}

/** Returns all schedules with the outcome of their last runs. */
export function allSchedules(): Promise<ListedSchedule[]> {
  return withTemporal(async (client, _connections, { prefix }) => {
    const found = [];
    for await (const summary of client.schedule.list()) {
      const name = scheduleNameIn(prefix, summary.scheduleId);
      if (name !== null) found.push(await shown(client, name, summary));
    }
    return found.filter((one) => one !== null);
  });
}

/** The names of all schedules, for the shell's completion. */
export async function scheduleNames(): Promise<{ readonly value: string }[]> {
  return withTemporal(async (client, _connections, { prefix }) => {
    const names: { value: string }[] = [];
    for await (const { scheduleId } of client.schedule.list()) {
      const name = scheduleNameIn(prefix, scheduleId);
      if (name !== null) names.push({ value: name });
    }
    return names;
  });
}

/** Returns a schedule; null where it was just deleted. */
async function shown(
  client: TemporalClient,
  name: string,
  { scheduleId, state, info, memo }: ScheduleSummary,
): Promise<ListedSchedule | null> {
  const request = await requestIn(client, scheduleId);
  if (request === null) return null;
  const { every = 0, fromGit } = (memo ?? {}) as { every?: string | number; fromGit?: string | null };
  const last = info?.recentActions.at(-1);
  return {
    name,
    spec: { every: everyText(every), fromGit: fromGit ?? null, ...settingsOf(request) },
    status: {
      state: state.paused ? 'paused' : 'running',
      note: state.note || null,
      next: state.paused ? null : (info?.nextActionTimes?.[0]?.toISOString() ?? null),
      last: last?.takenAt.toISOString() ?? null,
      lastRun: await lastOutcome(client, last),
    },
  };
}

/** Returns a schedule's request; null where the schedule does not exist. */
async function requestIn(client: TemporalClient, scheduleId: string): Promise<ReconcileRequest | null> {
  try {
    const { action } = await client.schedule.getHandle(scheduleId).describe();
    return action.args?.[0] as ReconcileRequest;
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw failureWords(error);
  }
}

/** A change of a schedule that exists, with its actor and reason. */
export interface ScheduleChange extends Origin {
  readonly name: string;
  readonly change: 'pause' | 'resume' | 'delete';
  readonly output: OutputFormat;
}

/** Pauses, resumes or deletes a schedule, and has the history record who did it and why. Throws `missing`. */
export async function changeSchedule({ name, change, output, ...given }: ScheduleChange): Promise<void> {
  const { onBehalfOf, reason } = originOf(given);
  await withTemporal(async (client, connections, names) => {
    const actor = actorText(actingFor(signerHere(connections).operator, onBehalfOf));
    const handle = client.schedule.getHandle(temporalScheduleId(names.prefix, name));
    const note = reason === null ? actor : `${actor}: ${reason}`;
    const run = { pause: () => handle.pause(note), resume: () => handle.unpause(note), delete: () => handle.delete() };
    await run[change]().catch((error: unknown) => {
      if (!(error instanceof ScheduleNotFoundError)) throw failureWords(error);
      throw new Failure('missing', `schedule ${name} does not exist`, { hint: 'List them: hecate list schedules' });
    });
    const event = { operation: `schedule.${change}`, subject: name, actor, reason } as const;
    await recordScheduleEvent(client, names, event);
  });
  const done = `${change}d`;
  await print(output, { name, result: done }, () => `${done} schedule ${name}`);
}
