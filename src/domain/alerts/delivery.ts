import { isObject } from '../data/json.js';
import type { Notification } from './notification.js';

/** State of the delivery to one sink. */
export interface SinkState {
  /** Notifications that wait. */
  readonly pending: number;
  /** Time of the last notification that it took, ISO 8601 UTC; null: none yet. */
  readonly lastSuccess: string | null;
  /** The last attempt that failed; null: none did. */
  readonly lastError: { readonly at: string; readonly problem: string } | null;
  /** Time since when every attempt fails, ISO 8601 UTC; null: the last one did not. */
  readonly failingSince: string | null;
  /** Notifications that were given up, and the time of the last one. */
  readonly gaveUp: { readonly count: number; readonly at: string | null };
  /** True: it answered 410, so nothing is sent before the sink is changed. */
  readonly isGone: boolean;
}

/** Result of one attempt to tell a sink. */
export type Attempted =
  | { readonly kind: 'taken'; readonly detail: string }
  /** May succeed later. */
  | { readonly kind: 'failed'; readonly problem: string; readonly retryAfterMs: number | null }
  /** It wants no more messages while the sink stays as this revision has it. */
  | { readonly kind: 'gone'; readonly problem: string; readonly revision: number }
  /** Not to be told, such as the end of alerts when the sink is not told about that. */
  | { readonly kind: 'skipped' }
  /** There is no such sink. */
  | { readonly kind: 'deleted' };

/** A group of alerts with what waits for the sink, oldest first: the end of an alert never overtakes its beginning. */
interface WaitingGroup<N extends Notification> {
  readonly key: string;
  readonly queue: readonly N[];
  /** Failed attempts for the first one. */
  readonly attempts: number;
  /** Time of the next attempt, Unix ms. */
  readonly nextMs: number;
}

/** Memory of the delivery to one sink. Plain JSON. */
export interface DeliveryMemory<N extends Notification = Notification> {
  readonly groups: readonly WaitingGroup<N>[];
  /** Ids of notifications that were taken over, newest last: none is told again. */
  readonly seen: readonly string[];
  readonly state: Omit<SinkState, 'pending' | 'isGone'>;
  /** Revision of the sink that answered 410; null: none. */
  readonly goneRevision: number | null;
}

/** Memory of a sink that was never told anything. */
export const emptyDelivery: DeliveryMemory<never> = {
  groups: [],
  seen: [],
  state: { lastSuccess: null, lastError: null, failingSince: null, gaveUp: { count: 0, at: null } },
  goneRevision: null,
};

const MOST_SEEN = 1_000;
const MOST_GROUPS = 200;
/** Most notifications of a group that wait. Flapping alerts of days would come all at once. */
const MOST_WAITING = 20;
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 10 * 60_000;
const LONGEST_RETRY_AFTER_MS = 3_600_000;
/** A notification that could not be told for this time is given up. */
const PATIENCE_MS = 3 * 86_400_000;
/** A sink that fails for this time is one that people should know about. */
const FAILING_MS = 10 * 60_000;

/** Returns the memory with a notification that waits. One that is known, or says what the last one in the queue says, changes nothing. */
export function withNotification<N extends Notification>(
  memory: DeliveryMemory<N>,
  notification: N,
  nowMs: number,
): DeliveryMemory<N> {
  if (memory.seen.includes(notification.id)) return memory;
  const seen = [...memory.seen, notification.id].slice(-MOST_SEEN);
  const { groupKey: key } = notification;
  const held = memory.groups.find((group) => group.key === key);
  if (held === undefined) {
    const groups = [...memory.groups, { key, queue: [notification], attempts: 0, nextMs: nowMs }];
    const lost = groups.slice(0, -MOST_GROUPS).reduce((sum, { queue }) => sum + queue.length, 0);
    return gaveUp({ ...memory, seen, groups: groups.slice(-MOST_GROUPS) }, lost, nowMs);
  }
  const last = held.queue.at(-1);
  if (last !== undefined && saying(last) === saying(notification)) return { ...memory, seen };
  // The first one may be under way.
  const [first, ...others] = [...held.queue, notification];
  const kept = others.slice(-(MOST_WAITING - 1));
  const queue = first === undefined ? kept : [first, ...kept];
  return gaveUp(withGroup({ ...memory, seen }, { ...held, queue }), others.length - kept.length, nowMs);
}

/** Returns the next notification to tell and when, Unix ms; null: nothing waits. */
export function nextDelivery<N extends Notification>({
  groups,
}: DeliveryMemory<N>): { readonly notification: N; readonly atMs: number } | null {
  const [first] = groups.toSorted((a, b) => a.nextMs - b.nextMs);
  const [notification] = first?.queue ?? [];
  return first === undefined || notification === undefined ? null : { notification, atMs: first.nextMs };
}

/** Returns the memory after an attempt. `luck` from 0 to 1 spreads the pauses. */
export function afterAttempt<N extends Notification>(
  memory: DeliveryMemory<N>,
  notification: N,
  { attempted, nowMs, luck }: { readonly attempted: Attempted; readonly nowMs: number; readonly luck: number },
): DeliveryMemory<N> {
  const group = memory.groups.find(({ key }) => key === notification.groupKey);
  if (group === undefined) return memory;
  const { state } = memory;
  const at = new Date(nowMs).toISOString();
  const done = () => withGroup(memory, { ...group, queue: group.queue.slice(1), attempts: 0, nextMs: nowMs });
  switch (attempted.kind) {
    case 'taken':
      return { ...done(), goneRevision: null, state: { ...state, lastSuccess: at, failingSince: null } };
    case 'skipped':
      return done();
    case 'deleted':
      return { ...memory, groups: [] };
    case 'gone': {
      const lost = memory.groups.reduce((sum, { queue }) => sum + queue.length, 0);
      const failed = withFailure(state, at, attempted.problem);
      return gaveUp({ ...memory, groups: [], goneRevision: attempted.revision, state: failed }, lost, nowMs);
    }
    case 'failed': {
      const failed = { ...memory, state: withFailure(state, at, attempted.problem) };
      if (nowMs - Date.parse(notification.at) >= PATIENCE_MS)
        return gaveUp({ ...done(), state: failed.state }, 1, nowMs);
      const attempts = group.attempts + 1;
      return withGroup(failed, { ...group, attempts, nextMs: nowMs + pauseMs(attempts, attempted.retryAfterMs, luck) });
    }
  }
}

/** Returns the state of a sink for people. */
export function sinkStateOf({ groups, state, goneRevision }: DeliveryMemory): SinkState {
  const pending = groups.reduce((sum, { queue }) => sum + queue.length, 0);
  return { pending, ...state, isGone: goneRevision !== null };
}

/** Returns why a sink is not told for long; null: it is, or it fails only for a short time. */
export function deliveryProblem({ failingSince, lastError, isGone }: SinkState, nowMs: number): string | null {
  const problem = lastError?.problem ?? 'it does not answer';
  if (isGone) return problem;
  if (failingSince === null || nowMs - Date.parse(failingSince) < FAILING_MS) return null;
  return `${problem}, since ${failingSince}`;
}

function pauseMs(attempts: number, retryAfterMs: number | null, luck: number): number {
  const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempts - 1, 10));
  const asked = Math.min(LONGEST_RETRY_AFTER_MS, retryAfterMs ?? 0);
  return Math.max(asked, Math.round(pause * (0.8 + 0.4 * luck)));
}

function withFailure(state: DeliveryMemory['state'], at: string, problem: string): DeliveryMemory['state'] {
  return { ...state, lastError: { at, problem }, failingSince: state.failingSince ?? at };
}

function withGroup<N extends Notification>(memory: DeliveryMemory<N>, group: WaitingGroup<N>): DeliveryMemory<N> {
  const others = memory.groups.map((one) => (one.key === group.key ? group : one));
  return { ...memory, groups: others.filter(({ queue }) => queue.length > 0) };
}

function gaveUp<N extends Notification>(memory: DeliveryMemory<N>, count: number, nowMs: number): DeliveryMemory<N> {
  if (count === 0) return memory;
  const { state } = memory;
  const at = new Date(nowMs).toISOString();
  return { ...memory, state: { ...state, gaveUp: { count: state.gaveUp.count + count, at } } };
}

/** What a notification says: which alerts fire, and which have ended. */
function saying({ status, alerts }: Notification): string {
  return JSON.stringify([status, alerts.map(({ fingerprint, startsAt, endsAt }) => [fingerprint, startsAt, endsAt])]);
}

/** Returns a state that a workflow shows; null: it is none. */
export function readSinkState(shown: unknown): SinkState | null {
  if (!isObject(shown)) return null;
  const { pending, lastSuccess, lastError, failingSince, gaveUp: given, isGone } = shown;
  const isTime = (value: unknown): value is string | null =>
    value === null || (typeof value === 'string' && !Number.isNaN(Date.parse(value)));
  const isError =
    lastError === null || (isObject(lastError) && typeof lastError['problem'] === 'string' && isTime(lastError['at']));
  const isGiven = isObject(given) && Number.isSafeInteger(given['count']) && isTime(given['at']);
  const isState = Number.isSafeInteger(pending) && isTime(lastSuccess) && isTime(failingSince) && isError && isGiven;
  return isState && typeof isGone === 'boolean' ? (shown as unknown as SinkState) : null;
}
