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
  /** The likeliest cause of the changes for the worse; null: there is none. */
  readonly likeliest: Cause | null;
}

/** Weight from which an event is called the cause. */
const LIKELY = 0.2;

/** Joins changes of traffic with events. Causes of several changes for the worse at the same time count together. */
export function verdictOf({ requests, changes }: Analysis, events: readonly Event[]): Verdict {
  const explained = changes.map((change) => ({ change, causes: causesOf(change, events) }));
  if (requests < FEWEST_REQUESTS) return { explained, outcome: 'too-few', likeliest: null };
  const worse = explained.filter(({ change }) => change.isWorse);
  if (worse.length === 0) return { explained, outcome: 'unchanged', likeliest: null };
  const likeliest = likeliestOf(worse);
  return { explained, outcome: likeliest === null ? 'not-ours' : 'cause', likeliest };
}

/** Returns the event that explains most of the changes, each by its confidence; null: none is likely. */
function likeliestOf(worse: readonly Explained[]): Cause | null {
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
  const ranked = [...totals].filter(([, { most }]) => most >= LIKELY);
  ranked.sort(([a, one], [b, other]) => other.total - one.total || (a.at < b.at ? 1 : -1));
  const [first] = ranked;
  return first === undefined ? null : { event: first[0], weight: first[1].most };
}
