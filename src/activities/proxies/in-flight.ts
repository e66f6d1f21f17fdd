const FORGOTTEN_AFTER_MS = 1_000;

/** Operations of this worker between planning and converging. Only a hint for sharing writes. */
export interface InFlight {
  planned(id: string): void;
  /** Ends the count of an operation: it converges now, or never will. */
  arrived(id: string): void;
  /** Returns how many are under way. Forgets an operation after a second. */
  approaching(): number;
}

/** Creates the counter; `now` in milliseconds. */
export function createInFlight(now: () => number): InFlight {
  const since = new Map<string, number>();
  return {
    planned: (id) => void since.set(id, now()),
    arrived: (id) => void since.delete(id),
    approaching() {
      for (const [id, at] of since) if (now() - at > FORGOTTEN_AFTER_MS) since.delete(id);
      return since.size;
    },
  };
}
