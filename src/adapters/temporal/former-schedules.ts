import { actionSchemaOf } from '../../domain/schedules/action.js';
import { actions } from '../../domain/schedules/actions.js';
import type { Client, ScheduleDescription } from '@temporalio/client';
import { isObject } from '../../domain/data/json.js';
import { scheduleSchema, type SchedulePause } from '../../domain/resources/schedule.js';
import { durationOf } from '../../domain/values/duration.js';
import type { FormerSchedule, FormerSchedules } from '../../ports/schedules.js';
import { asked, nullIfMissing } from './schedules.js';

/** Names of the schedules that versions before 0.6 made. */
export interface FormerNames {
  readonly id: (name: string) => string;
  /** Returns the name of one from its id; null: it is another program's. */
  readonly nameIn: (id: string) => string | null;
  /** Type of the workflow that they start. */
  readonly workflow: string;
  /** Task queue of this environment's older workers; schedules of others start workflows elsewhere. */
  readonly taskQueue: string;
}

/** Creates {@link FormerSchedules} over Temporal's schedules. One that cannot be read as such is left alone. */
export function createFormerSchedules(
  client: Client,
  { id: idOf, nameIn, workflow, taskQueue }: FormerNames,
): FormerSchedules {
  const isFormer = (id: string) => nameIn(id)?.includes('/') === false;
  return {
    async all() {
      const ids = await asked(client, async () => {
        const found: string[] = [];
        for await (const { scheduleId } of client.schedule.list()) if (isFormer(scheduleId)) found.push(scheduleId);
        return found;
      });
      const described = ids.map((id) =>
        asked(client, () => client.schedule.getHandle(id).describe()).catch(nullIfMissing),
      );
      const schedules = (await Promise.all(described)).map((one) => {
        const isOurs = one?.action.workflowType === workflow && one.action.taskQueue === taskQueue;
        return isOurs ? formerOf(one, nameIn(one.scheduleId) ?? '') : null;
      });
      return schedules.filter((one) => one !== null);
    },
    async remove(name) {
      await asked(client, () => client.schedule.getHandle(idOf(name)).delete()).catch(nullIfMissing);
    },
  };
}

/** Returns the schedule that an older version stored in its memo and its arguments; null: it has another form. */
function formerOf({ action, spec, memo, state, info }: ScheduleDescription, name: string): FormerSchedule | null {
  const request: unknown = action.args?.[0];
  // Every version gave the component. Nothing else is taken for one, since options that are left out have defaults.
  if (!isObject(request) || typeof request['component'] !== 'string') return null;
  if (Object.keys(request).some((key) => !OLDER_FIELDS.has(key))) return null;
  const { component, fromGit, prune, pruneLimit, yes, adopt, actor } = request;
  const parsed = formerSchema.safeParse({
    name,
    every: everyOf(memo?.['every'], spec.intervals?.[0]?.every),
    action: { kind: 'reconcile', component, fromGit, prune, pruneLimit: pruneLimit ?? null, yes: yes ?? false, adopt },
    paused: state.paused ? pauseOf(state.note ?? '') : null,
  });
  if (!parsed.success) return null;
  const madeBy = typeof actor === 'string' ? actor : 'unknown';
  return { ...parsed.data, madeBy, madeAt: info.createdAt.toISOString() };
}

const formerSchema = scheduleSchema
  .pick({ name: true, every: true, paused: true })
  .extend({ action: actionSchemaOf(actions.reconcile) });

/** Fields of the request that versions before 0.6 put into a schedule. */
const OLDER_FIELDS: ReadonlySet<string> = new Set([
  ...['component', 'isDryRun', 'fromGit', 'fromCommit', 'prune', 'pruneLimit', 'yes', 'adopt', 'actor', 'reason'],
]);

/** Older versions stored the interval as a text, and the oldest in milliseconds. */
function everyOf(stored: unknown, ms: number | undefined): string | undefined {
  if (typeof stored === 'string') return stored;
  const given = typeof stored === 'number' ? stored : ms;
  return given === undefined ? undefined : durationOf(given);
}

/** Starts the note of Temporal's SDK for a pause without one, as versions before 0.5 left it. */
const NO_NOTE = 'Paused via TypeScript SDK';

/** A note is `actor: reason`, or the actor alone. */
function pauseOf(note: string): SchedulePause {
  const text = note.replace(/\p{Cc}/gu, ' ').trim();
  const end = text.indexOf(': ');
  if (text === '' || text.startsWith(NO_NOTE)) return { by: null, reason: null };
  if (end < 0) return { by: text.slice(0, 255), reason: null };
  return { by: text.slice(0, end).slice(0, 255) || null, reason: text.slice(end + 2, end + 1_002) || null };
}
