import { topicOf, type Observation } from '../../domain/why/observation.js';
import type { Observations } from '../../ports/observations.js';

/** Creates {@link Observations} in memory, for tests. */
export function createMemoryObservations(kept: readonly Observation[] = []): Observations {
  const all = [...kept];
  return {
    async record(observation) {
      const isSame = (one: Observation) => JSON.stringify(one) === JSON.stringify(observation);
      if (!all.some(isSame)) all.push(observation);
    },
    async last(kind, subject) {
      return all.findLast((one) => one.subject === subject && topicOf(one.kind) === topicOf(kind)) ?? null;
    },
    async between(fromMs, toMs) {
      return all
        .filter(({ at }) => Date.parse(at) >= fromMs && Date.parse(at) < toMs)
        .toSorted((a, b) => (a.at < b.at ? -1 : 1));
    },
  };
}
