/** Keys that a sketch keeps. */
export const SKETCH_KEYS = 20;
/** Keys that a sketch holds while it is counted; more of them make its counts more exact. */
const COUNTING_KEYS = 64;
/** Characters of a key that are kept. */
const LONGEST_KEY = 200;

/**
 * The most frequent keys of a stream in bounded memory (Misra–Gries; merges as Agarwal et al., "Mergeable Summaries",
 * describe). Every key with more than `missed` occurrences is listed.
 */
export interface Sketch {
  /** Key and its count, most frequent first, at most {@link SKETCH_KEYS}. A count is exact, or up to `missed` too low. */
  readonly top: readonly (readonly [key: string, count: number])[];
  /** Limit of what a count may lack. 0: all counts are exact and all keys listed. */
  readonly missed: number;
}

/** The sketch of nothing. */
export const noKeys: Sketch = { top: [], missed: 0 };

/** A sketch that is being counted. */
export interface CountingSketch {
  add(key: string): void;
  addAll(other: Sketch): void;
  /** Number of the keys that its sketch lists. */
  size(): number;
  sketch(): Sketch;
}

/** Creates an empty sketch to count into. */
export function countingSketch(): CountingSketch {
  let counts = new Map<string, number>();
  let missed = 0;
  const addTo = (key: string, more: number) => {
    const short = key.length > LONGEST_KEY ? `${key.slice(0, LONGEST_KEY - 1)}…` : key;
    counts.set(short, (counts.get(short) ?? 0) + more);
  };
  const shrink = (longest: number) => {
    if (counts.size <= longest) return;
    const { top, less } = largest(counts, longest);
    counts = new Map(top);
    missed += less;
  };
  return {
    add(key) {
      addTo(key, 1);
      if (counts.size >= 2 * COUNTING_KEYS) shrink(COUNTING_KEYS);
    },
    addAll(other) {
      for (const [key, count] of other.top) addTo(key, count);
      missed += other.missed;
      shrink(COUNTING_KEYS);
    },
    size: () => Math.min(counts.size, SKETCH_KEYS),
    sketch() {
      const { top, less } = largest(counts, SKETCH_KEYS);
      return { top, missed: missed + less };
    },
  };
}

/** Returns the sum of sketches. */
export function mergedSketches(parts: Iterable<Sketch>): Sketch {
  const counting = countingSketch();
  for (const part of parts) counting.addAll(part);
  return counting.sketch();
}

/** Takes the count of the first key that has no place from all, which keeps the limit that `missed` states. */
function largest(counts: ReadonlyMap<string, number>, places: number) {
  const sorted = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const less = sorted[places]?.[1] ?? 0;
  const kept = sorted.slice(0, places).map(([key, count]) => [key, count - less] as const);
  return { top: kept.filter(([, count]) => count > 0), less };
}
