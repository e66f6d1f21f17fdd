const FORGOTTEN_AFTER_MS = 1_000;

/** Operations of this worker that were planned and have not come to converging yet. Only a hint for sharing writes. */
export interface InFlight {
  planned(id: string): void;
  /** It converges now, or never will. */
  arrived(id: string): void;
  /** How many are under way; one that did not arrive within a second is not counted. */
  approaching(): number;
}

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
