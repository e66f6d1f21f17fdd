import { activeOf, isUnknown } from '../../domain/alerts/conditions.js';
import { advance, emptyMemory, withoutDelivered, type AlertMemory, type Timing } from '../../domain/alerts/engine.js';
import { rulesIn } from '../../domain/alerts/rules.js';
import { all } from '../../domain/log/state.js';
import type { AlertDelivery } from '../../ports/alerts/delivery.js';
import type { StoredAlertMemory } from '../../ports/alerts/memory.js';
import type { Dependencies } from '../dependencies.js';
import type { FindFacts } from './find-facts.js';

/** What {@link createAlertWatch} needs. */
export interface AlertWatching extends Pick<Dependencies, 'log' | 'now' | 'sha256'> {
  readonly findFacts: FindFacts;
  readonly alertMemory: StoredAlertMemory;
  readonly alertDelivery: AlertDelivery;
  /** Name of this worker. */
  readonly worker: string;
  readonly environment: string;
  readonly timing: Timing;
}

/** A worker that does not look for this long loses the memory to another one. */
const KEPT_MS = 45_000;

/**
 * Returns a function that looks at the facts once, advances the alerts and hands over what sinks are to be told. A notification
 * is stored before it is handed over, and handing over is idempotent: whenever a worker dies, each is delivered once. Returns
 * false when another worker does this.
 */
export function createAlertWatch(deps: AlertWatching): () => Promise<boolean> {
  const { log, now, sha256, findFacts, alertMemory, alertDelivery, worker, environment, timing } = deps;
  return async () => {
    const [stored, facts, { state }] = await Promise.all([alertMemory.read(), findFacts(), log.view()]);
    const at = now();
    if (stored !== null && stored.keeper.worker !== worker && stored.keeper.until > at) return false;
    const rules = rulesIn(state).filter(({ enabled }) => enabled);
    const next = advance(stored?.memory ?? emptyMemory, {
      evaluated: rules.map((rule) => ({
        rule,
        active: activeOf(rule, facts, environment),
        isUnknown: (labels) => isUnknown(rule, facts, labels),
      })),
      silences: all(state, 'Silence').map(({ value }) => value),
      sinks: all(state, 'AlertSink').map(({ name }) => name),
      ...{ now: at, timing, sha256 },
    });
    const until = new Date(Date.parse(at) + KEPT_MS).toISOString();
    const write = (memory: AlertMemory, after: number) =>
      alertMemory.write({ at, keeper: { worker, until }, memory }, after);
    const written = await write(next, stored?.sequence ?? 0);
    if (written === 'moved') return false;
    const delivered = new Set<string>();
    try {
      for (const notification of next.outbox) {
        await alertDelivery.deliver(notification);
        delivered.add(notification.id);
      }
    } finally {
      if (delivered.size > 0) await write(withoutDelivered(next, delivered), written);
    }
    return true;
  };
}
