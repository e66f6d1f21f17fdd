import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  afterAttempt,
  emptyDelivery,
  nextDelivery,
  readSinkState,
  deliveryProblem,
  sinkStateOf,
  withNotification,
  type Attempted,
  type DeliveryMemory,
} from '../../../src/domain/alerts/delivery.js';
import type { Notification } from '../../../src/domain/alerts/notification.js';
import { notification, notifiedAlert } from '../../builders/notification.js';

const START = Date.parse('2026-01-01T00:00:30.000Z');
const HOUR = 3_600_000;
const taken: Attempted = { kind: 'taken', detail: 'answered 204' };
const failed: Attempted = { kind: 'failed', problem: 'down', retryAfterMs: null };

/** A notification of another state of the same group: the n-th, ending at its own time when it is resolved. */
function nth(n: number, status: Notification['status'], groupKey = 'g'): Notification {
  const endsAt = status === 'resolved' ? new Date(START + n).toISOString() : null;
  const alert = { ...notifiedAlert('down', endsAt), startsAt: new Date(START + (n - (n % 2))).toISOString() };
  return notification(`${groupKey}-${n}`, { status, groupKey, alerts: [alert], at: new Date(START).toISOString() });
}

const flapping = (count: number, group = 'g') =>
  Array.from({ length: count }, (_, n) => nth(n, n % 2 === 0 ? 'firing' : 'resolved', group));

function queued(...notifications: readonly Notification[]): DeliveryMemory {
  return notifications.reduce<DeliveryMemory>((memory, one) => withNotification(memory, one, START), emptyDelivery);
}

/** Attempts at what is due until nothing waits or the time is over; returns what was told, with the times. */
function drained(
  memory: DeliveryMemory,
  answer: (nowMs: number, one: Notification) => Attempted,
  untilMs = START + 5 * 24 * HOUR,
) {
  const told: { readonly id: string; readonly ms: number }[] = [];
  let attempts = 0;
  let now = START;
  for (let next = nextDelivery(memory); next !== null && now <= untilMs; next = nextDelivery(memory)) {
    now = Math.max(now, next.atMs);
    const attempted = answer(now, next.notification);
    attempts += 1;
    if (attempted.kind === 'taken') told.push({ id: next.notification.id, ms: now - START });
    memory = afterAttempt(memory, next.notification, { attempted, nowMs: now, luck: 0.5 });
  }
  return { told, memory, attempts };
}

describe('the delivery to a sink', () => {
  it('tells each state once and in order, after an hour without the sink', () => {
    const { told, memory } = drained(queued(...flapping(4)), (now) => (now < START + HOUR ? failed : taken));
    expect(told.map(({ id }) => id)).toEqual(['g-0', 'g-1', 'g-2', 'g-3']);
    expect(told[0]?.ms).toBeGreaterThanOrEqual(HOUR);
    expect(told[0]?.ms).toBeLessThan(HOUR + 11 * 60_000);
    expect(sinkStateOf(memory)).toMatchObject({ pending: 0, failingSince: null, lastError: { problem: 'down' } });
  });

  it('takes over the same notification once, and a repetition of what waits not at all', () => {
    const [firing] = flapping(1);
    if (firing === undefined) throw new Error('none');
    const memory = queued(firing, firing, { ...firing, id: 'repeated' });
    expect(sinkStateOf(memory).pending).toBe(1);
    const { memory: after } = drained(memory, () => taken);
    expect(nextDelivery(withNotification(after, firing, START))).toBeNull();
    // A repetition after it was told is news: the rule repeats.
    expect(nextDelivery(withNotification(after, { ...firing, id: 'later' }, START))?.notification.id).toBe('later');
  });

  it('gives up after three days, and says so', () => {
    const { told, memory, attempts } = drained(queued(...flapping(2)), () => failed);
    expect(told).toEqual([]);
    expect(sinkStateOf(memory)).toMatchObject({ pending: 0, gaveUp: { count: 2 }, failingSince: expect.any(String) as unknown }); // prettier-ignore
    const at = Date.parse(sinkStateOf(memory).gaveUp.at ?? '');
    expect(at - START).toBeGreaterThanOrEqual(72 * HOUR);
    expect(at - START).toBeLessThan(73 * HOUR);
    expect(attempts).toBeGreaterThan(300);
  });

  it('waits as long as the sink asks, but not for days', () => {
    const [firing] = flapping(1);
    if (firing === undefined) throw new Error('none');
    const next = (retryAfterMs: number) =>
      nextDelivery(afterAttempt(queued(firing), firing, { attempted: { ...failed, retryAfterMs }, nowMs: START, luck: 0.5 })); // prettier-ignore
    expect(next(60_000)?.atMs).toBe(START + 60_000);
    expect(next(1_000 * HOUR)?.atMs).toBe(START + HOUR);
  });

  it('tells nothing more to a sink that answered 410', () => {
    const gone: Attempted = { kind: 'gone', problem: 'gone', revision: 7 };
    const { memory } = drained(queued(...flapping(2), ...flapping(2, 'h')), () => gone);
    expect(memory.goneRevision).toBe(7);
    expect(sinkStateOf(memory)).toMatchObject({ pending: 0, isGone: true, gaveUp: { count: 4 } });
    expect(deliveryProblem(sinkStateOf(memory), START)).toBe('gone');
  });

  it('goes on with other groups while one fails', () => {
    const memory = queued(...flapping(1), ...flapping(2, 'h'));
    const answer = (_now: number, { groupKey }: Notification) => (groupKey === 'g' ? failed : taken);
    expect(drained(memory, answer).told.map(({ id }) => id)).toEqual(['h-0', 'h-1']);
  });

  it('keeps few of an endless flapping, the first and the latest', () => {
    const { told } = drained(queued(...flapping(1_000)), () => taken);
    expect(told).toHaveLength(20);
    expect([told[0]?.id, told.at(-1)?.id]).toEqual(['g-0', 'g-999']);
  });

  it('keeps the latest of very many groups', () => {
    const memory = queued(...Array.from({ length: 300 }, (_, n) => nth(0, 'firing', `g${n}`)));
    expect(sinkStateOf(memory)).toMatchObject({ pending: 200, gaveUp: { count: 100 } });
  });

  it('tells every notification at most once, in the order of its group, whatever fails', () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant('notify' as const), group: fc.constantFrom('a', 'b') }),
        fc.record({ kind: fc.constant('attempt' as const), works: fc.boolean() }),
        fc.record({ kind: fc.constant('restart' as const) }),
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (course) => {
        let memory: DeliveryMemory = emptyDelivery;
        const counts = { a: 0, b: 0 };
        const told: Notification[] = [];
        let now = START;
        const attempt = (works: boolean) => {
          const next = nextDelivery(memory);
          if (next === null) return;
          now = Math.max(now, next.atMs);
          if (works) told.push(next.notification);
          memory = afterAttempt(memory, next.notification, {
            attempted: works ? taken : failed,
            nowMs: now,
            luck: 0.5,
          });
        };
        const sent: Notification[] = [];
        for (const step of course) {
          if (step.kind === 'notify') {
            const group = step.group;
            const n = counts[group]++;
            const one = nth(n, n % 2 === 0 ? 'firing' : 'resolved', group);
            sent.push(one);
            // The engine may hand it over again after a crash.
            memory = withNotification(withNotification(memory, one, now), one, now);
          } else if (step.kind === 'attempt') attempt(step.works);
          else memory = JSON.parse(JSON.stringify(memory)) as DeliveryMemory;
        }
        while (nextDelivery(memory) !== null) attempt(true);
        for (const group of ['a', 'b']) {
          const of = (all: readonly Notification[]) => all.filter(({ groupKey }) => groupKey === group).map(({ id }) => id); // prettier-ignore
          const ids = of(told);
          expect(new Set(ids).size).toBe(ids.length);
          // No more than twenty wait in such short courses; so none is left out.
          if (of(sent).length <= 20) expect(ids).toEqual(of(sent));
        }
      }),
    );
  });
});

describe('the state of a sink', () => {
  it('is a problem after ten minutes of failures', () => {
    const [firing] = flapping(1);
    if (firing === undefined) throw new Error('none');
    const state = sinkStateOf(afterAttempt(queued(firing), firing, { attempted: failed, nowMs: START, luck: 0.5 }));
    expect(deliveryProblem(state, START + 60_000)).toBeNull();
    expect(deliveryProblem(state, START + 600_000)).toContain('down, since 2026-01-01');
  });

  it('is read from what a workflow shows, and nothing else is', () => {
    const state = sinkStateOf(queued(...flapping(2)));
    expect(readSinkState(JSON.parse(JSON.stringify(state)))).toEqual(state);
    for (const wrong of [null, 'x', {}, { ...state, pending: 'many' }, { ...state, lastError: { at: 1 } }])
      expect(readSinkState(wrong)).toBeNull();
  });
});
