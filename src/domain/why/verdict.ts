import { causesOf, type Cause, type Event } from './causes.js';
import { FEWEST_REQUESTS, type Analysis, type TrafficChange } from './symptoms.js';

/** A change of traffic with the events that may explain it, likeliest first. */
export interface Explained {
  readonly change: TrafficChange;
  readonly causes: readonly Cause[];
}

/** The answer to why a route's traffic is as it is. */
export interface Verdict {
  readonly explained: readonly Explained[];
  /**
   * `cause`: a change for the worse has a likely cause. `not-ours`: it has none. `unchanged`: visitors are not worse off than
   * before. `too-few`: there were too few requests to tell.
   */
  readonly outcome: 'cause' | 'not-ours' | 'unchanged' | 'too-few';
  /** The likeliest cause of the worst change; null: there is none. */
  readonly likeliest: Cause | null;
  /** Others that explain it as well. */
  readonly asLikely: readonly Event[];
  /** True when what got worse got better since. */
  readonly isOver: boolean;
}

/** Weight from which an event is called the cause. */
const LIKELY = 0.2;

/** What explains nearly as much as the likeliest cause explains as well. */
const AS_LIKELY = 0.9;
/** Changes less apart than this may have one cause. */
const SAME_TIME_MS = 20_000;
/** Weight of a change for the worse that is over. */
const OVER = 0.3;

/**
 * Joins changes of traffic with events. The verdict is about the worst change that still lasts; what got worse at the same time
 * counts with it. So a small change of another time, with a cause of its own, does not hide the cause of the large one.
 */
export function verdictOf({ requests, changes }: Analysis, events: readonly Event[]): Verdict {
  const explained = changes.map((change) => ({ change, causes: causesOf(change, events) }));
  const none = { explained, likeliest: null, asLikely: [], isOver: false };
  if (requests < FEWEST_REQUESTS) return { ...none, outcome: 'too-few' };
  const worse = explained.filter(({ change }) => change.isWorse);
  const worst = worstOf(worse, changes);
  const [first, ...others] = likeliestOf(worst);
  const over = worst.length > 0 && worst.every(({ change }) => isOver(change, changes));
  if (first === undefined) return { ...none, outcome: worse.length === 0 ? 'unchanged' : 'not-ours', isOver: over };
  const asLikely = others.filter(({ total }) => total >= AS_LIKELY * first.total).map(({ event }) => event);
  return { explained, outcome: 'cause', likeliest: { event: first.event, weight: first.most }, asLikely, isOver: over };
}

/** Returns the worst change and what got worse at the same time. */
function worstOf(worse: readonly Explained[], all: readonly TrafficChange[]): readonly Explained[] {
  const badness = ({ change }: Explained) => severity(change) * (isOver(change, all) ? OVER : 1);
  const worst = worse.toSorted((a, b) => badness(b) - badness(a) || b.change.fromMs - a.change.fromMs)[0]?.change;
  if (worst === undefined) return [];
  const isBeside = ({ fromMs, toMs }: TrafficChange) =>
    fromMs <= worst.toMs + SAME_TIME_MS && toMs >= worst.fromMs - SAME_TIME_MS;
  return worse.filter(({ change }) => isBeside(change));
}

/** How much worse off visitors are, from 0 to 1. */
function severity({ symptom, before, after }: TrafficChange): number {
  switch (symptom) {
    case 'errors':
    case 'denied':
    case 'redirects':
      return after - before;
    case 'traffic':
      return 0.5 * (1 - after / before);
    case 'latency':
    case 'tail-latency':
      // A second more is nearly as bad as no answer.
      return 0.8 * Math.min(1, (after - before) / 1_000) * (symptom === 'latency' ? 1 : 0.2);
  }
}

/** Returns true when a change for the worse was followed by one for the better. */
function isOver({ symptom, fromMs }: TrafficChange, all: readonly TrafficChange[]): boolean {
  return all.findLast((one) => one.symptom === symptom && one.fromMs >= fromMs)?.isWorse === false;
}

interface Ranked {
  readonly event: Event;
  readonly total: number;
  readonly most: number;
}

/** Returns the likely events, first the one that explains most of the changes, each by its confidence. */
function likeliestOf(worse: readonly Explained[]): Ranked[] {
  const totals = new Map<Event, { total: number; most: number }>();
  for (const { change, causes } of worse) {
    for (const { event, weight } of causes) {
      const known = totals.get(event) ?? { total: 0, most: 0 };
      totals.set(event, {
        total: known.total + weight * change.confidence,
        most: Math.max(known.most, weight),
      });
    }
  }
  return [...totals]
    .map(([event, { total, most }]) => ({ event, total, most }))
    .filter(({ most }) => most >= LIKELY)
    .sort((one, other) => other.total - one.total || (one.event.at < other.event.at ? 1 : -1));
}
